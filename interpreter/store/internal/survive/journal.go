package survive

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// Kinds of entries of a journal, and their fields.
const (
	EntryStarted  = "started"  // name: Start has acknowledged it
	entryCalled   = "called"   // execution, state, item, attempt: a handler was called
	entryToken    = "token"    // life, state, token, left: somebody may answer it, in a later life if left is true
	entryAnswered = "answered" // life, token: SendTaskSuccess has acknowledged it
	entryStale    = "stale"    // token: it was answered before
	entryFenced   = "fenced"   // count: changes that the store has refused because of another writer
	entryWrong    = "wrong"    // text: a rule is broken
)

// Journal is a file of lines in which a process writes what it knows to have
// happened, for those that come after its death. Several processes may write to it.
type Journal struct {
	mu   sync.Mutex
	file *os.File
}

// OpenJournal opens a journal to append to, and creates it if there is none.
func OpenJournal(path string) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &Journal{file: file}, nil
}

// Write appends an entry. An acknowledgement is on disk when write returns.
func (j *Journal) Write(kind string, fields ...any) {
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
	if err == nil && (kind == EntryStarted || kind == entryAnswered) {
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

// Token is one that was given away.
type Token struct {
	Life     int
	State    string
	Left     bool // to be answered in a later life
	Answered int  // the life in which an answer was acknowledged; 0: none
	stale    bool // an answer was refused because there was one before
}

// Told is what a journal says.
type Told struct {
	Started map[string]bool // names
	Calls   map[callKey]int // of handlers
	Tokens  map[string]*Token
	Order   []string // tokens
	Fenced  int      // changes
	Wrong   []string // rules that are broken
}

// Summary returns how many tasks were called, how often, how many of the calls were
// repeated, and how many tokens were answered by a later life.
func (all *Told) Summary() (tasks, calls, repeated, later int) {
	for _, n := range all.Calls {
		calls += n
		repeated += n - 1
	}
	for _, token := range all.Tokens {
		if token.Answered > token.Life || token.Left && token.stale { // the acknowledgement was lost
			later++
		}
	}
	return len(all.Calls), calls, repeated, later
}

// ReadJournal reads a journal; one that does not exist is empty.
func ReadJournal(path string) (*Told, error) {
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	all := &Told{Started: map[string]bool{}, Calls: map[callKey]int{}, Tokens: map[string]*Token{}}
	number := func(s string) int {
		n, _ := strconv.Atoi(s)
		return n
	}
	lines := strings.Split(string(data), "\n")
	for _, line := range lines[:len(lines)-1] { // the last one may be cut off
		f := strings.Split(line, "\t")
		switch f[0] {
		case EntryStarted:
			all.Started[f[1]] = true
		case entryCalled:
			all.Calls[callKey{f[1], f[2], number(f[3]), number(f[4])}]++
		case entryToken:
			if all.Tokens[f[3]] == nil {
				all.Tokens[f[3]] = &Token{Life: number(f[1]), State: f[2], Left: f[4] == "true"}
				all.Order = append(all.Order, f[3])
			}
		case entryAnswered:
			all.Tokens[f[2]].Answered = number(f[1])
		case entryStale:
			all.Tokens[f[1]].stale = true
		case entryFenced:
			all.Fenced += number(f[1])
		default:
			all.Wrong = append(all.Wrong, line)
		}
	}
	return all, nil
}
