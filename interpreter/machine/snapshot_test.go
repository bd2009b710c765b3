package machine_test

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/big"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

func TestSnapshotBeforeStartedRestoresToTheSame(t *testing.T) {
	p := compile(t, `{"StartAt": "First", "States": {
		"Last": {"Type": "Pass", "Parameters": {"in.$": "$", "v.$": "$v", "id.$": "States.UUID()"}, "End": true},
		"First": {"Type": "Pass", "Next": "Last"}}}`, machine.Options{})
	for _, start := range []machine.Start{
		{},
		{ID: "e", Input: "hello", Seed: [2]uint64{1, 2}, TokenKey: [16]byte{3}},
		{ID: "e", Input: (*value.Object)(nil), Variables: value.ObjectOf(value.Member{Key: "v", Value: []any{int64(1)}})},
	} {
		var histories []string
		for _, made := range []*machine.Execution{p.New(start), restore(t, p, p.New(start))} {
			r := machine.Result{History: true}
			require.NoError(t, p.Step(made, machine.Event{Kind: machine.Started}, began, &r))
			histories = append(histories, lines(r.Events)+value.String(made.Outcome.Output))
			require.Equal(t, start.TokenKey, made.TokenKey)
		}
		require.Equal(t, histories[0], histories[1])
		require.Contains(t, histories[0], "First")
	}
}

// restore returns the execution of the snapshot of another.
func restore(t testing.TB, p *machine.Program, x *machine.Execution) *machine.Execution {
	t.Helper()
	y, err := p.Restore(marshal(t, p, x))
	require.NoError(t, err)
	return y
}

// snapshots are some of the executions of everything, from before it starts to
// its end.
func snapshots(t testing.TB) (*machine.Program, [][]byte) {
	p := compile(t, everything, machine.Options{})
	input, err := value.ParseVerbatim([]byte(`{"items": [1, 2.5, "x", {"a": null}, 123456789012345678901234567890]}`))
	require.NoError(t, err)
	x := p.New(machine.Start{ID: "e", Input: input, Seed: [2]uint64{1, 2}})
	made := [][]byte{marshal(t, p, x)}
	var r machine.Result
	name := "Again"
	ev := machine.Event{Kind: machine.Started}
	for _, next := range []machine.EventKind{machine.TaskHeartbeat, machine.TaskSucceeded, machine.TaskFailed, machine.Tick, machine.Stopped} {
		require.NoError(t, p.Step(x, ev, x.Time().Add(time.Second), &r))
		made = append(made, marshal(t, p, x))
		require.NoError(t, p.Pending(x, &r))
		ev = machine.Event{Kind: next, Error: &name}
		if len(r.Commands) > 0 {
			ev.Task = r.Commands[len(r.Commands)/2].Task
		}
	}
	require.NoError(t, p.Step(x, ev, x.Time(), &r))
	require.Equal(t, machine.Aborted, x.Status)
	return p, append(made, marshal(t, p, x))
}

// sealed is what it makes of the bytes before the checksum.
func sealed(body []byte) []byte {
	return binary.BigEndian.AppendUint32(body[:len(body):len(body)], crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}

func unsealed(data []byte) []byte { return data[:len(data)-4] }

func TestRestoreRefusesDamagedSnapshots(t *testing.T) {
	p, all := snapshots(t)
	for _, data := range all {
		require.Equal(t, data, sealed(unsealed(data)))
		damaged := append([]byte(nil), data...)
		for i := range damaged {
			_, err := p.Restore(damaged[:i])
			require.ErrorIs(t, err, machine.ErrSnapshot, "cut at %d", i)
			for _, bits := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 255, byte(i)*2 + 3} {
				damaged[i] ^= bits
				if _, err := p.Restore(damaged); !errorIsOf(err, machine.ErrSnapshot) {
					t.Fatalf("byte %d: %v", i, err)
				}
				damaged[i] ^= bits
			}
		}
		_, err := p.Restore(append(damaged, 0))
		require.ErrorIs(t, err, machine.ErrSnapshot)
	}
	_, err := p.Restore(nil)
	require.ErrorIs(t, err, machine.ErrSnapshot)
	_, err = p.Restore([]byte{1, 2, 3, 4, 5, 6})
	require.EqualError(t, err, "machine: invalid snapshot: format 1, want 2 to 5")
}

// A hostile snapshot has a checksum that is right.
func TestHostileSnapshotsAreRefusedOrRun(t *testing.T) {
	race.OneGoroutine(t)
	p, all := snapshots(t)
	refused := 0
	for _, data := range all {
		body := append([]byte(nil), unsealed(data)...)
		for i := range body {
			for _, b := range []byte{0, 1, 2, 5, 9, 10, 127, 128, 255, body[i] + 1, body[i] - 1, body[i] ^ 64} {
				old := body[i]
				body[i] = b
				runHostile(t, p, sealed(body), []byte{0, 1, 6, 2, 7, 3, 8, 0, 255}, &refused)
				body[i] = old
			}
			runHostile(t, p, sealed(body[:i]), nil, &refused)
		}
	}
	require.NotZero(t, refused)
}

func runHostile(t *testing.T, p *machine.Program, data, events []byte, refused *int) {
	x, err := p.Restore(data)
	if err != nil {
		if !errorIsOf(err, machine.ErrSnapshot, machine.ErrDigest, machine.ErrRules) {
			t.Fatal(err)
		}
		*refused++
		return
	}
	if x.Seq > 0 {
		runRestored(t, p, x, events)
	}
}

// spliced is a snapshot of an execution whose input is what the bytes say.
func spliced(t testing.TB, p *machine.Program, input []byte) []byte {
	data := string(unsealed(marshal(t, p, p.New(machine.Start{Input: "input"}))))
	const marker = "\x07\x0ainput"
	require.Equal(t, 1, strings.Count(data, marker))
	return sealed([]byte(strings.Replace(data, marker, string(input), 1)))
}

const (
	tagNull   = 0
	tagFloat  = 6
	tagString = 7
	tagArray  = 8
	tagObject = 9
	tagSeen   = 10
)

// Room is made for what is there, not for what a number says.
func TestRestoreAllocatesNoMoreThanTheSnapshotHolds(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	nested := func(tag byte, claim uint64, n int) []byte {
		var b []byte
		for range n {
			b = binary.AppendUvarint(append(b, tag), claim)
			if tag == tagObject {
				b = append(b, 0)
			}
		}
		return b
	}
	for name, input := range map[string][]byte{
		"a large array":            append(binary.AppendUvarint([]byte{tagArray}, 1<<40), make([]byte, 9000)...),
		"arrays in arrays":         append(nested(tagArray, 1000, 3000), make([]byte, 1000)...),
		"arrays in arrays, halved": append(nested(tagArray, 500, 990), make([]byte, 1000)...),
		"objects in objects":       append(nested(tagObject, 1000, 3000), make([]byte, 2000)...),
		"a long string":            append(binary.AppendUvarint([]byte{tagString}, 1<<40), make([]byte, 9000)...),
		"empty arrays":             append(binary.AppendUvarint([]byte{tagArray}, 8000), []byte(strings.Repeat("\x08\x00", 8000))...),
		"empty objects":            append(binary.AppendUvarint([]byte{tagArray}, 8000), []byte(strings.Repeat("\x09\x00", 8000))...),
	} {
		data := spliced(t, p, input)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := p.Restore(data)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d bytes, %d allocated, %v", name, len(data), after.TotalAlloc-before.TotalAlloc, err)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100*len(data)), name)
	}
	// Scopes are large, and a free one takes two bytes.
	x := p.New(machine.Start{})
	var r machine.Result
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	body := unsealed(marshal(t, p, x))
	for i := range body {
		data := sealed(append(append(append([]byte(nil), body[:i]...), 0xff, 0xff, 0x7f), body[i:]...))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := p.Restore(data)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100*len(data)+4096), "%d %v", i, err)
	}
}

// Parts that are met again make a value deeper than its bytes are, and one that
// was not complete would contain itself.
func TestRestoreRefusesValuesThatNestTooDeep(t *testing.T) {
	p := compile(t, waitForever, machine.Options{})
	deep := make([]byte, 0, 1<<16) // [[...[null]...]], [that, 0], [that, 1] ...
	deep = binary.AppendUvarint(append(deep, tagArray), 12)
	for range 990 {
		deep = append(deep, tagArray, 1)
	}
	deep = append(deep, tagNull)
	for n := range 11 {
		last := 1
		if n > 0 {
			last = 1 + 990*n
		}
		for range 989 {
			deep = append(deep, tagArray, 1)
		}
		deep = binary.AppendUvarint(append(deep, tagArray, 1, tagSeen), uint64(last))
	}
	_, err := p.Restore(spliced(t, p, deep))
	require.ErrorIs(t, err, machine.ErrSnapshot)
	require.ErrorContains(t, err, "value nests too deep")
	for what, input := range map[string][]byte{
		"missing shared value":            {tagArray, 1, tagSeen, 0},
		"missing shared string":           {tagArray, 2, tagArray, 1, tagNull, tagString, 3},
		"number not finite":               {tagFloat, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0},
		"number of the wrong type":        {4, 1, 5},
		"value without a type":            {12},
		"verbatim text without an object": {11, tagArray},
		"trailing bytes":                  {tagNull, tagNull},
	} {
		_, err := p.Restore(spliced(t, p, input))
		require.ErrorIs(t, err, machine.ErrSnapshot)
		require.ErrorContains(t, err, what)
	}
	// Values that a state machine can make are not too deep.
	var nested any = "x"
	for range value.MaxDepth - 1 {
		nested = []any{nested}
	}
	q := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "Parameters": 1, "Credentials": {"RoleArn": "r", "a": {"b": {"c": {"d": {"e.$": "$"}}}}}, "End": true}}}`, machine.Options{})
	x := q.New(machine.Start{Input: nested})
	var r machine.Result
	require.NoError(t, q.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	require.Len(t, r.Commands, 1)
	restore(t, q, x)
}

// branches is a Parallel of so many branches that wait.
func branches(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"StartAt": "W%d", "States": {"W%d": {"Type": "Wait", "Seconds": 100, "End": true}}}`, i, i)
	}
	return `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + strings.Join(list, ", ") + `]}}}`
}

// A snapshot holds a value once that its execution shares, and the restored
// execution shares it again.
func TestSharedValuesStandInASnapshotOnce(t *testing.T) {
	p := compile(t, branches(40), machine.Options{Limits: machine.NoLimits})
	const size = 250_000
	text := strings.Repeat("x", size)
	large := new(big.Int).Lsh(big.NewInt(-1), 1000) // 126 bytes, each time that it is written
	list := make([]any, size/5)
	for name, input := range map[string]any{
		"a string":             text,
		"a string in an array": []any{text, text},
		"a key":                []any{value.ObjectOf(value.Member{Key: text}), value.ObjectOf(value.Member{Key: text[:size/2]})},
		"an integer":           slices.Repeat([]any{large}, 6000),
		"an array":             []any{list, list},
	} {
		x := p.New(machine.Start{Input: input})
		var r machine.Result
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		require.Equal(t, 41, machine.ScopeCount(x), name)
		data := marshal(t, p, x)
		t.Logf("%s: %d bytes", name, len(data))
		require.Less(t, len(data), 3*size/2+4096, name)

		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		y, err := p.Restore(data)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(6*size), name)
		require.True(t, value.Identical(input, *machine.ScopeInput(y, 40)), name)
		require.Equal(t, data, marshal(t, p, y), name)
	}
	x := p.New(machine.Start{Input: text})
	var r machine.Result
	require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
	y := restore(t, p, x)
	for i := range machine.ScopeCount(y) {
		require.Equal(t, unsafe.StringData(y.Input.(string)), unsafe.StringData((*machine.ScopeInput(y, i)).(string)))
	}
}

// The snapshots in testdata are of an earlier version: they are restored, by their
// format and digest, and written as they were. A change of either needs another
// format.
func TestGoldenSnapshots(t *testing.T) {
	p, all := snapshots(t)
	for i, data := range all {
		kept := golden(t, filepath.Join("testdata", "snapshots", fmt.Sprintf("format2_%d.bin", i)), data)
		x, err := p.Restore(kept)
		require.NoError(t, err)
		require.Equal(t, kept, marshal(t, p, x))
	}
}

// The results of a Parallel or Map are filled in place: in a hostile snapshot they
// may not be something else too, which would come to hold itself.
func TestRestoreRefusesResultsThatAreSomethingElse(t *testing.T) {
	for name, definition := range map[string]string{
		"Parallel": `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": true}}},
			{"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 2, "End": true}}}]}}}`,
		"Map": `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemsPath": "$.items", "ItemProcessor": {
			"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": true}}}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, definition, machine.Options{})
			x := p.New(machine.Start{Input: parse(t, `{"items": ["input", "input"]}`)})
			r := machine.Result{History: true}
			require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, time.Unix(1, 0), &r))
			for i := range machine.ScopeCount(x) {
				if machine.ScopeDeadline(x, i) != 0 {
					*machine.ScopeInput(x, i) = "input"
				}
			}
			data := string(unsealed(marshal(t, p, x)))
			const marker = "\x07\x0ainput"
			at := strings.LastIndex(data, marker)
			for seen := range byte(8) {
				hostile := data[:at] + string([]byte{tagSeen, seen}) + data[at+len(marker):]
				x, err := p.Restore(sealed([]byte(hostile)))
				if err != nil {
					require.ErrorIs(t, err, machine.ErrSnapshot)
					continue
				}
				for x.Status == machine.Running {
					wake, _ := p.Wake(x)
					require.NoError(t, p.Step(x, machine.Event{Kind: machine.Tick}, wake, &r))
					for i := range r.Events {
						r.Events[i].AppendJSON(nil)
					}
					_, err := p.Restore(marshal(t, p, x))
					require.NoError(t, err, "number %d", seen)
				}
			}
		})
	}
}
