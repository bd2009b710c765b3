package survive

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// Kinds of entries of a journal.
const (
	entryStarted  = "started"  // name: Start has acknowledged it
	entryCalled   = "called"   // execution, state, item, attempt: a handler was called
	entryToken    = "token"    // life, state, token: somebody may answer it
	entryAnswered = "answered" // life, token: SendTaskSuccess has acknowledged it
	entryStale    = "stale"    // token: it was answered before
	entryWrong    = "wrong"    // text: a rule is broken
)

// journal is a file of lines in which a process writes what it knows to have
// happened, for those that come after its death.
type journal struct {
	mu   sync.Mutex
	file *os.File
}

func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &journal{file: file}, nil
}

// write appends an entry. An acknowledgement is on disk when write returns.
func (j *journal) write(kind string, fields ...any) {
	parts := []string{kind}
	for _, f := range fields {
		switch f := f.(type) {
		case int:
			parts = append(parts, strconv.Itoa(f))
		case string:
			parts = append(parts, strings.NewReplacer("\t", " ", "\n", " ").Replace(f))
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err := j.file.WriteString(strings.Join(parts, "\t") + "\n")
	if err == nil && (kind == entryStarted || kind == entryAnswered) {
		err = j.file.Sync()
	}
	if err != nil {
		panic(err)
	}
}

// callKey identifies an attempt of a task.
type callKey struct {
	execution, state string
	item, attempt    int
}

// token is one that was given away.
type token struct {
	life     int
	state    string
	answered int  // the life in which an answer was acknowledged; 0: none
	stale    bool // an answer was refused because there was one before
}

// told is what a journal says.
type told struct {
	started map[string]bool
	calls   map[callKey]int
	tokens  map[string]*token
	order   []string // tokens
	wrong   []string
}

func readJournal(path string) (*told, error) {
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	all := &told{started: map[string]bool{}, calls: map[callKey]int{}, tokens: map[string]*token{}}
	number := func(s string) int {
		n, _ := strconv.Atoi(s)
		return n
	}
	lines := strings.Split(string(data), "\n")
	for _, line := range lines[:len(lines)-1] { // the last one may be cut off
		f := strings.Split(line, "\t")
		switch f[0] {
		case entryStarted:
			all.started[f[1]] = true
		case entryCalled:
			all.calls[callKey{f[1], f[2], number(f[3]), number(f[4])}]++
		case entryToken:
			if all.tokens[f[3]] == nil {
				all.tokens[f[3]] = &token{life: number(f[1]), state: f[2]}
				all.order = append(all.order, f[3])
			}
		case entryAnswered:
			all.tokens[f[2]].answered = number(f[1])
		case entryStale:
			all.tokens[f[1]].stale = true
		default:
			all.wrong = append(all.wrong, line)
		}
	}
	return all, nil
}
