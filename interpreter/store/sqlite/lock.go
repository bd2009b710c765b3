package sqlite

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/gostates/gostates/interpreter/store"
)

// lockFile creates a file if it does not exist and locks it until it is closed. The
// file contains the process ID of its owner, for people. It is never deleted: another
// process might have it open already.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the lock file cannot be written, and the database neither: %w", err)
	}
	locked, err := tryLock(file)
	if err == nil && !locked {
		owner, _ := io.ReadAll(io.LimitReader(file, 20))
		err = fmt.Errorf("%w: process %s has %s", store.ErrLocked, strings.TrimSpace(string(owner)), path)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	if err := file.Truncate(0); err == nil {
		_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return file, nil
}
