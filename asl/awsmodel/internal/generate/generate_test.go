package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// toys are the models in testdata: a service of v1 and v2, and one of v1 alone.
func toys(t *testing.T, corrections string) map[string]*service {
	t.Helper()
	v1, err := readV1(filepath.Join("testdata", "v1"))
	require.NoError(t, err)
	v2, err := readV2(filepath.Join("testdata", "v2"))
	require.NoError(t, err)
	services, err := combine([][]*service{v1, v2}, corrections)
	require.NoError(t, err)
	return services
}

// Names, types, required members and enums are those of v2; bounds, the order
// of required members, tokens and the body are those of v1. Of a type on which
// they differ nothing is known.
func TestModelsAreMerged(t *testing.T) {
	services := toys(t, "")
	require.Len(t, services, 2)
	text, err := encode(services["toystore"])
	require.NoError(t, err)
	require.Equal(t, strings.Join([]string{
		"1 ToyStore",
		"putToy 2 3",
		"PutToyInput Name!s1 Color!e7 Token~s Owner!s Body*x Extra:{d Flag:b Left:s1 LeftToys:[d Marker:d Note:s1 Price:@4 Raw:x Sizes:[i3,30 String:s Wheels:i",
		"PutToyOutput Made:@5 Toy:@6",
		"Price Cents:l Free:b",
		"PutToyOutput Odd:[@4",
		"Toy Weight!f0.5, Built:t Like:@6",
		"\tRED\tlight blue",
		"",
	}, "\n"), text)
	text, err = encode(services["old"])
	require.NoError(t, err)
	require.Equal(t, "1 Old\nask 2 0\nQuestion Text!s2 More:@2 Tags:{b\n", text)
}

func TestCorrections(t *testing.T) {
	text, err := encode(toys(t, `
# A comment.
toystore PutToyInput.Owner optional
toystore Toy.Weight max=9
toystore PutToyInput.Note min=
toystore PutToyInput.Color values=GREEN,BLACK
elsewhere A.B optional
`)["toystore"])
	require.NoError(t, err)
	require.Contains(t, text, "PutToyInput Name!s1 Color!e7 Token~s Body*x Extra:{d Flag:b Left:s1 LeftToys:[d Marker:d Note:s Owner:s ")
	require.Contains(t, text, "Toy Weight!f0.5,9 ")
	require.Contains(t, text, "\n\tBLACK\tGREEN\tRED\tlight blue\n")
	for _, line := range []string{"toystore PutToyInput.Nope optional", "toystore Nope.Owner optional", "toystore Toy.Weight", "toystore Toy.Weight shrink=1"} {
		require.Error(t, correct(toys(t, ""), line), line)
	}
}

func TestGeneratedTwiceIsEqual(t *testing.T) {
	var first []byte
	for range 20 {
		text, err := encode(toys(t, correctionLines)["toystore"])
		require.NoError(t, err)
		packed, err := pack(text)
		require.NoError(t, err)
		if first == nil {
			first = packed
		}
		require.Equal(t, first, packed)
	}
}

func TestPins(t *testing.T) {
	pins, err := readPins(moduleLines)
	require.NoError(t, err)
	require.Greater(t, len(pins), 280)
	seen := map[string]bool{}
	for _, p := range pins {
		require.False(t, seen[p.path], p.path)
		require.Regexp(t, `^v\d+\.\d+\.\d+$`, p.version)
		seen[p.path] = true
	}
	for _, lines := range []string{"", "github.com/aws/aws-sdk-go-v2/service/sqs v1.0.0", v1Module, v1Module + " v1 more"} {
		_, err := readPins(lines)
		require.Error(t, err, lines)
	}
}

// The files of two small services are what their modules give. If the modules
// are not in the module cache, only CI downloads them: 40 MB.
func TestCommittedFilesAreGenerated(t *testing.T) {
	if os.Getenv("CI") == "" {
		t.Setenv("GOPROXY", "off")
	}
	all, err := readPins(moduleLines)
	require.NoError(t, err)
	pins := slices.Clip(all[:1])
	for _, p := range all {
		if regexp.MustCompile(`/(sts|dynamodbstreams)$`).MatchString(p.path) {
			pins = append(pins, p)
		}
	}
	require.Len(t, pins, 3)
	services, err := models(pins)
	if err != nil {
		t.Skipf("the modules cannot be had here, so the committed files are not compared with them: %v", err)
	}
	for _, name := range []string{"sts", "dynamodbstreams", "mobileanalytics"} {
		text, err := encode(services[name])
		require.NoError(t, err)
		packed, err := os.ReadFile(filepath.Join("..", "..", "data", name+".gz"))
		require.NoError(t, err)
		r, err := gzip.NewReader(bytes.NewReader(packed))
		require.NoError(t, err)
		committed, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, text, string(committed), name)
	}
}
