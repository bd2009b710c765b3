package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

func TestPagesAreMadeFromTheMarkdown(t *testing.T) {
	made, err := makePages(root)
	require.NoError(t, err)
	committed, err := readPages(root)
	require.NoError(t, err)
	require.Equal(t, slices.Sorted(maps.Keys(made)), slices.Sorted(maps.Keys(committed)), "run go generate ./docs")
	for name, content := range made {
		require.True(t, bytes.Equal(content, bytes.ReplaceAll(committed[name], []byte("\r"), nil)), "%s: run go generate ./docs", name)
	}
}

func TestEveryPageOfTheDocumentationIsThere(t *testing.T) {
	made, err := makePages(root)
	require.NoError(t, err)
	pages := 0
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(file string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(file) == ".md" {
			pages++
			source, err := filepath.Rel(root, file)
			require.NoError(t, err)
			p := page{Source: filepath.ToSlash(source)}
			require.Contains(t, made, p.path(), "no page of docs leads to %s", source)
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, pages, 25)
}

// parsed is the HTML of a page: what it links to and what links may lead to.
type parsed struct {
	links []string
	ids   map[string]bool
}

// parse fails unless the page is well-formed and its ids are unique.
func parse(t *testing.T, name string, content []byte) parsed {
	t.Helper()
	p := parsed{ids: map[string]bool{}}
	for d := xml.NewDecoder(bytes.NewReader(content)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return p
		}
		require.NoError(t, err, name)
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range element.Attr {
			switch a.Name.Local {
			case "href", "src":
				p.links = append(p.links, a.Value)
			case "id":
				require.False(t, p.ids[a.Value], "%s has the id %s twice", name, a.Value)
				p.ids[a.Value] = true
			}
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	made, err := makePages(root)
	require.NoError(t, err)
	all := map[string]parsed{}
	for name, content := range made {
		all[name] = parse(t, name, content)
	}
	toPages, toFiles, fragments := 0, 0, 0
	toItself := map[string]int{}
	for name, p := range all {
		for _, link := range p.links {
			u, err := url.Parse(link)
			require.NoError(t, err, name)
			if u.IsAbs() {
				require.Contains(t, []string{"https", "http"}, u.Scheme, "%s: %s", name, link)
				continue
			}
			target := name
			if u.Path != "" {
				target = path.Join(path.Dir(name), u.Path)
			}
			to, isPage := all[target]
			if !isPage {
				toFiles++
				info, err := os.Stat(target)
				require.NoError(t, err, "%s: %s", name, link)
				require.Equal(t, info.IsDir(), strings.HasSuffix(link, "/"), "%s: %s", name, link)
				require.Empty(t, u.Fragment, "%s: %s", name, link)
				continue
			}
			toPages++
			if target == name && u.Fragment == "" {
				toItself[name]++
			}
			if u.Fragment != "" {
				fragments++
				require.Contains(t, to.ids, u.Fragment, "%s: %s", name, link)
			}
		}
	}
	for name, n := range toItself {
		require.Equal(t, 1, n, "%s: only the list of pages leads to the page itself", name)
	}
	require.Greater(t, toPages, 500)
	require.Greater(t, toFiles, 100)
	require.Greater(t, fragments, 100)
}

// Comments give names to the code of the pages for its tests.
func TestCommentsAreLeftOut(t *testing.T) {
	made, err := makePages(root)
	require.NoError(t, err)
	for name, content := range made {
		require.NotContains(t, string(content), "<!--", name)
		require.NotContains(t, string(content), "raw HTML omitted", name)
	}
}

// One can read the tour from its start to its end.
func TestNeighboursInTheTour(t *testing.T) {
	made, err := makePages(root)
	require.NoError(t, err)
	read := []string{"index.html"}
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`)
	before := regexp.MustCompile(`rel="prev" href="([^"]+)"`)
	for {
		at := read[len(read)-1]
		content := made["tour/"+at]
		if m := before.FindSubmatch(content); len(read) > 1 {
			require.Equal(t, read[len(read)-2], string(m[1]), at)
		} else {
			require.Nil(t, m)
		}
		m := next.FindSubmatch(content)
		if m == nil {
			break
		}
		read = append(read, string(m[1]))
	}
	require.Len(t, read, 11)
	require.True(t, slices.IsSorted(read[1:]), read)
	require.NotRegexp(t, next, string(made["cookbook.html"]))
}

func TestTheSiteIsSmall(t *testing.T) {
	made, err := makePages(root)
	require.NoError(t, err)
	size := 0
	for _, content := range made {
		size += len(content)
	}
	t.Log(len(made), "pages,", size, "bytes")
	require.Less(t, size, 600_000)
}

func TestFragments(t *testing.T) {
	for title, id := range map[string]string{
		"Retry and Catch":           "retry-and-catch",
		"What's new, in Go 1.25?":   "whats-new-in-go-125",
		"asl serve":                 "asl-serve",
		".sync and $states.input_x": "sync-and-statesinput_x",
	} {
		require.Equal(t, id, fragment(title))
	}
}
