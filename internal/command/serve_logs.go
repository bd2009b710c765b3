package command

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
)

// logGroups writes messages to files in a folder, one for each log group.
type logGroups struct {
	folder *os.Root
	logger *slog.Logger
	mu     sync.Mutex
}

func openLogGroups(folder string, logger *slog.Logger) (*logGroups, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	return &logGroups{folder: root, logger: logger}, nil
}

// write appends a message to the file of its group.
func (g *logGroups) write(arn string, message []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	file, err := g.folder.OpenFile(logFile(arn), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.Write(append(message[:len(message):len(message)], '\n'))
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		g.logger.Warn("asl serve: a log message was lost", slog.Any("error", err))
	}
}

// logFile returns the name of a group's file. Clients choose the name of the group.
func logFile(arn string) string {
	_, group, ok := strings.Cut(arn, ":log-group:")
	if !ok {
		group = arn
	}
	group = strings.TrimSuffix(group, ":*")
	var name strings.Builder
	for _, c := range []byte(group) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			name.WriteByte(c)
		} else {
			fmt.Fprintf(&name, "%%%02X", c)
		}
	}
	const most = 150
	if name.Len() > most {
		sum := sha256.Sum256([]byte(group))
		return name.String()[:most] + "-" + hex.EncodeToString(sum[:8]) + ".ndjson"
	}
	return name.String() + ".ndjson"
}
