package postgres_test

import (
	"bufio"
	"io"
	"math/rand/v2"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/internal/survive"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

// pack is a number of processes that share a database.
type pack struct {
	testing.TB
	server  *server
	store   store.Store
	folder  string
	life    int // of the latest process
	env     []string
	running []*member
}

type member struct {
	*exec.Cmd
	life   int
	stderr survive.LockedBuffer
	stdout io.Reader
	hangs  time.Time // when it hung; zero: it does not
	spared time.Time // it is not killed before
}

// startMember starts a process, which starts the executions below count.
func (p *pack) startMember(count int, last bool) *member {
	p.Helper()
	p.life++
	m := &member{Cmd: survive.Command(p.folder, p.life, count, last), life: p.life}
	m.Env = append(append(m.Env, envDatabase+"="+p.server.connection()), p.env...)
	m.Stderr = &m.stderr
	m.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdout, err := m.StdoutPipe()
	require.NoError(p, err)
	require.NoError(p, m.Start())
	m.stdout = stdout
	_, _ = bufio.NewReader(stdout).ReadString('\n') // it is open
	return m
}

// endMember waits for the end of a process, which must end well unless it was killed.
func (p *pack) endMember(m *member) {
	p.Helper()
	hung := time.AfterFunc(5*time.Minute, func() { _ = m.Process.Signal(syscall.SIGQUIT) }) // prints its goroutines
	defer hung.Stop()
	_, _ = io.Copy(io.Discard, m.stdout)
	err := m.Wait()
	if state, ok := m.ProcessState.Sys().(syscall.WaitStatus); !ok || !state.Signaled() {
		if err != nil {
			survive.LogRunning(p, p.store)
		}
		require.NoError(p, err, "life %d: %s", m.life, m.stderr.String())
	}
	require.NotContains(p, m.stderr.String(), "panic", "life %d", m.life)
}

// replaceMember kills one of the processes that may be killed, and starts another one.
func (p *pack) replaceMember(count int) {
	p.Helper()
	var at []int
	for i, m := range p.running {
		if m.hangs.IsZero() && time.Now().After(m.spared) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return
	}
	i := at[rand.N(len(at))]
	require.NoError(p, p.running[i].Process.Kill())
	p.endMember(p.running[i])
	p.running[i] = p.startMember(count, false)
}

// hangOne stops one process after the other for three leases. It returns how many have
// come back.
func (p *pack) hangOne() (back int) {
	p.Helper()
	const sparedFor = survivorLease / 2 // it must have time to find out
	for _, m := range p.running {
		switch {
		case m.hangs.IsZero():
			continue
		case time.Since(m.hangs) < 3*survivorLease:
			return 0
		}
		require.NoError(p, m.Process.Signal(syscall.SIGCONT))
		m.hangs, m.spared = time.Time{}, time.Now().Add(sparedFor)
		back++
	}
	m := p.running[rand.N(len(p.running))]
	require.NoError(p, m.Process.Signal(syscall.SIGSTOP))
	m.hangs = time.Now()
	return back
}

// resumeAll continues the process that hangs.
func (p *pack) resumeAll() {
	for _, m := range p.running {
		if !m.hangs.IsZero() {
			require.NoError(p, m.Process.Signal(syscall.SIGCONT))
			m.hangs = time.Time{}
		}
	}
}

func (p *pack) readJournal() *survive.Told {
	p.Helper()
	all, err := survive.ReadJournal(survive.JournalPath(p.folder))
	require.NoError(p, err)
	return all
}

// Three processes share their executions. Again and again one of them is killed, another
// one hangs past its lease while it works, and once the server crashes. In the end all
// executions must have run as if nothing had happened, and what a process wanted to
// store after it had hung must have been refused.
func TestKillsOfProcessesThatShare(t *testing.T) {
	const together, moreRounds, moreExecutions = 3, 30, 5
	server := newServer(t)
	s := openStore(t, server.openPool(t), postgres.Options{})
	p := &pack{TB: t, server: server, store: s, folder: t.TempDir()}
	defer func() {
		for _, m := range p.running {
			_ = m.Process.Kill()
		}
	}()
	began := time.Now()
	for range together {
		p.running = append(p.running, p.startMember(0, false))
	}
	hung := 0
	for n := range *kills {
		time.Sleep(100*time.Millisecond + rand.N(150*time.Millisecond))
		hung += p.hangOne()
		if n == *kills/2 {
			require.NoError(t, server.stop())
			time.Sleep(100 * time.Millisecond)
			require.NoError(t, server.start())
		}
		p.replaceMember(*executions * (n + 1) / *kills)
	}
	count := *executions
	for round := 0; p.readJournal().Fenced == 0; round++ { // too few kills
		require.Less(t, round, moreRounds, "no process that hung was refused anything")
		for end := time.Now().Add(3 * survivorLease); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			count += moreExecutions
			hung += p.hangOne()
			p.replaceMember(count)
		}
	}
	p.resumeAll()
	for _, m := range p.running {
		require.NoError(t, m.Process.Signal(syscall.SIGTERM))
	}
	for _, m := range p.running {
		p.endMember(m)
	}
	p.running = nil
	p.endMember(p.startMember(count, true))
	took := time.Since(began)

	all := p.readJournal()
	found := survive.CheckStore(t, s, all, count)
	tasks, calls, repeated, later := all.Summary()
	require.NotZero(t, all.Fenced)
	t.Logf("%d lives of %d processes at a time, %d of them hung for %v; %d executions with %d nested ones, %d records, %d history events; %d commits fenced; %d tasks in %d calls, %d of them repeated; %d of %d tokens answered after a restart; %v",
		p.life, together, hung, 3*survivorLease, count, found.Children, found.Records, found.Events, all.Fenced, tasks, calls, repeated, later, len(all.Tokens), took.Round(time.Millisecond))
}

// Three processes start the same executions and redrive each of them three times, all at
// the same time: mostly one redrives what another one has. Again and again one is killed.
// In the end each execution has succeeded as if nothing had happened, and no task that had
// succeeded was called again by a redrive.
func TestKillsOfProcessesThatRedrive(t *testing.T) {
	const together = 3
	server := newServer(t)
	s := openStore(t, server.openPool(t), postgres.Options{})
	count := *executions / 2
	p := &pack{TB: t, server: server, store: s, folder: t.TempDir(), env: []string{survive.RedrivesEnv}}
	defer func() {
		for _, m := range p.running {
			_ = m.Process.Kill()
		}
	}()
	for range together {
		p.running = append(p.running, p.startMember(count, false))
	}
	for range *kills {
		time.Sleep(100*time.Millisecond + rand.N(150*time.Millisecond))
		p.replaceMember(count)
	}
	for _, m := range p.running { // they end when all executions have succeeded
		p.endMember(m)
	}
	p.running = nil
	all := p.readJournal()
	found := survive.CheckRedriven(t, s, all, count)
	tasks, calls, _, _ := all.Summary()
	t.Logf("%d lives of %d processes at a time, %d executions, %d records, %d history events; %d commits fenced; %d tasks in %d calls",
		p.life, together, found.Parents, found.Records, found.Events, all.Fenced, tasks, calls)
}
