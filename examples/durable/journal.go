package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gostates/gostates/interpreter/machine"
)

// openJournal opens a file of records, one a line, and creates it if it does not
// exist. A last line without its end was never acknowledged: it is cut off.
func openJournal(path string) (*os.File, []*machine.Record, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	records, err := readJournal(file, path)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("journal %s: %w", path, err), file.Close())
	}
	return file, records, nil
}

func readJournal(file *os.File, path string) (records []*machine.Record, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if err := errors.Join(file.Truncate(int64(len(whole))), syncFolder(path)); err != nil {
		return nil, err
	}
	for line := range bytes.Lines(whole) {
		stored, err := base64.StdEncoding.DecodeString(string(line))
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", len(records)+1, err)
		}
		record, err := machine.ReadRecord(stored)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", len(records)+1, err)
		}
		records = append(records, record)
	}
	return records, nil
}

// syncFolder writes the name of a new file to disk. Windows does so by itself.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
