package awsmodel

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// services of data, by name.
func allServices(t testing.TB) map[string]*service {
	t.Helper()
	files, err := fs.Glob(data, "data/*.gz")
	require.NoError(t, err)
	all := map[string]*service{}
	for _, name := range files {
		id := strings.TrimSuffix(path.Base(name), ".gz")
		all[id] = findService(id)
		require.NotNil(t, all[id], id)
	}
	return all
}

// Every file is a model whose operations have structures, and all types in it
// lead to a structure or an enum.
func TestAllModelsAreWhole(t *testing.T) {
	all := allServices(t)
	require.Greater(t, len(all), 400)
	for id, s := range all {
		require.NotEmpty(t, s.operations, id)
		require.True(t, slices.IsSortedFunc(s.operations, func(a, b string) int {
			a, _, _ = strings.Cut(a, " ")
			b, _, _ = strings.Cut(b, " ")
			return strings.Compare(a, b)
		}), id)
		require.Equal(t, id, strings.ToLower(Models{}.ErrorPrefix(id)))
		require.Empty(t, s.lines[len(s.lines)-1], id)
		for _, line := range s.operations {
			action, lines, _ := strings.Cut(line, " ")
			request, response := s.findOperation(action)
			in, out, _ := strings.Cut(lines, " ")
			require.True(t, request != nil || in == "0", "%s: %s", id, line)
			require.True(t, response != nil || out == "0", "%s: %s", id, line)
		}
		for n := len(s.operations) + 1; n < len(s.lines)-1; n++ {
			text := s.lines[n]
			if values, isEnum := strings.CutPrefix(text, "\t"); isEnum {
				require.True(t, slices.IsSorted(strings.Split(values, "\t")), "%s: %s", id, text)
				continue
			}
			st := s.structure(strconv.Itoa(n))
			require.Len(t, st.members, strings.Count(text, " "), "%s: %s", id, text)
			for _, m := range st.members {
				requireType(t, s, m.of, id+": "+text)
				require.False(t, strings.HasSuffix(m.name, "_"), "a name of Go: %s: %s", id, text)
			}
		}
	}
}

func requireType(t *testing.T, s *service, of shape, where string) {
	t.Helper()
	switch of.kind() {
	case aList, aMap:
		requireType(t, s, of.elements(), where)
	case aStructure:
		require.NotNil(t, s.structure(of.rest()), where)
	case anEnum:
		require.True(t, strings.HasPrefix(s.line(of.rest()), "\t"), where)
	case aString, aBlob:
		require.True(t, of.rest() == "" || bound(of.rest()) != nil, where)
	case anInteger, aLong, aFloat:
		for bounds := range strings.SplitSeq(of.rest(), ",") {
			require.True(t, bounds == "" || bound(bounds) != nil, where)
		}
	case aBoolean, aTimestamp, 'd':
		require.Empty(t, of.rest(), where)
	default:
		t.Fatalf("%s: type %q", where, of)
	}
}

// The data stays small: every program that imports the package has it.
func TestDataIsSmall(t *testing.T) {
	var size int64
	require.NoError(t, fs.WalkDir(data, ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, _ := d.Info()
			size += info.Size()
		}
		return err
	}))
	require.Less(t, size, int64(1_500_000))
	t.Logf("%d bytes", size)
}

func TestNoServiceHasAnOddName(t *testing.T) {
	require.NotNil(t, findService("sqs"))
	for _, name := range []string{"", ".", "..", "../data/sqs", "sqs.gz", "sqs/", "SQS", "s q s", "sqs\x00", "data", strings.Repeat("s", 1<<20)} {
		require.Nil(t, findService(name), name)
	}
	var none *service
	request, response := none.findOperation("sendMessage")
	require.Nil(t, request)
	require.Nil(t, response)
}

func TestFirstUseByMany(t *testing.T) {
	servicesLock.Lock()
	clear(services)
	servicesLock.Unlock()
	names := []string{"sqs", "s3", "ec2", "lambda", "nope", "sqs/x"}
	found := make([][]*service, 16)
	var all sync.WaitGroup
	for i := range found {
		all.Go(func() {
			for _, name := range names {
				found[i] = append(found[i], findService(name))
			}
			for _, resource := range []string{sdk("sqs:receiveMessage"), sdk("s3:getObject"), opt("lambda:invoke")} {
				Models{}.CheckRequest(resource, value.NewObject(0), false)
				Models{}.CheckResponse(resource, value.ObjectOf(value.Member{Key: "StorageClass", Value: "x"}), true)
			}
		})
	}
	all.Wait()
	for _, f := range found[1:] {
		for i := range f {
			require.Same(t, found[0][i], f[i], names[i])
		}
	}
	require.Len(t, services, 4, "names without a model are not kept")
}

// FuzzRead reads a model that may be anything and looks at all of it.
func FuzzRead(f *testing.F) {
	f.Add("2 X\na 3 4\nb 4 3\nA B!s4 C:[@3 D:e5\nB\n\tx\ty\n", `{"B": 1, "C": [{"B": "x"}], "D": "z"}`)
	f.Add("1\na 2 2\nA B~i1,9 C*x D#x1 E:{{[d F:t", `{"B.$": "$.b", "E": {"a": {}}, "F": "${x}"}`)
	f.Add("1\na 2 2\nA A:@2 B:@1 C:@99 D:e2 E:[ F:[[[ G: H", `{"A": {"A": "t"}, "C": {}, "D": "x", "E": [1], "F": [[[[]]]]}`)
	f.Fuzz(func(t *testing.T, text, parameters string) {
		s := readService("fuzzed", text)
		if s == nil {
			return
		}
		for _, line := range s.operations {
			action, _, _ := strings.Cut(line, " ")
			request, response := s.findOperation(action)
			checkAll(s, request, response, parameters)
		}
	})
}

func TestErrorPrefixes(t *testing.T) {
	for service, want := range map[string]string{"sqs": "Sqs", "dynamodb": "DynamoDb", "cloudwatchlogs": "CloudWatchLogs", "iot": "Iot", "nope": "", "": ""} {
		require.Equal(t, want, Models{}.ErrorPrefix(service), service)
	}
}
