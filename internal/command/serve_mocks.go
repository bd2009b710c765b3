package command

import (
	"log/slog"
	"net/http"
	"os"
	"sync"

	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/mock"
)

// watchedMocks is the file of -mock, which is read again when it changes.
type watchedMocks struct {
	name string

	mu   sync.Mutex
	info os.FileInfo // of the file as it was last read; nil: it could not be found
}

// readFile reads the file.
func (m *watchedMocks) readFile(f *files) (*mock.File, error) {
	if m.name != "-" {
		m.info, _ = os.Stat(m.name) // before it is read: a later change makes a difference
	}
	text, err := f.readData(m.name)
	if err != nil {
		return nil, err
	}
	return parseMocks(m.name, text)
}

// hasChanged reports whether the file is another one than the one that was last read. A
// pipe is read once.
func (m *watchedMocks) hasChanged() bool {
	if m.name == "-" {
		return false
	}
	info, err := os.Stat(m.name)
	switch {
	case err != nil:
		return m.info != nil
	case !info.Mode().IsRegular():
		return false
	case m.info == nil:
		return true
	}
	return !os.SameFile(info, m.info) || info.Size() != m.info.Size() || !info.ModTime().Equal(m.info.ModTime())
}

// update gives the server the file if it has changed. If it cannot be read the server keeps
// what it has, and the log says so, once for each change.
func (m *watchedMocks) update(srv *api.Server, logger *slog.Logger) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.hasChanged() {
		return
	}
	mocks, err := m.readFile(&files{})
	if err != nil {
		logger.Warn("asl serve: -mock: the file has changed and cannot be read; its earlier test cases stay", slog.Any("error", err))
		return
	}
	srv.SetMocks(mocks)
	logger.Info("asl serve: -mock: the file has changed and was read again", slog.String("file", m.name))
}

// watchMocks looks at the file before each request that may start an execution.
func (o *serveOptions) watchMocks(h http.Handler, srv *api.Server, logger *slog.Logger) http.Handler {
	if o.mocks == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			o.mocks.update(srv, logger)
		}
		h.ServeHTTP(w, r)
	})
}
