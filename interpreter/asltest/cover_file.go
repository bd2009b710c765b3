package asltest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// packagePath returns the import path of the package that is tested.
func packagePath() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Path != "" {
		return strings.TrimSuffix(info.Path, ".test")
	}
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".test")
}

// writePage writes the coverage page. go test runs the packages as processes of their own,
// several at a time, which all write into one page: each keeps its part in a folder beside
// the page, and writes the page from all parts that are there.
//
// No lock is needed: a process that has replaced the page reads the parts again, and
// replaces the page once more if another part has come.
func writePage(file string, part pagePart) error {
	folder := file + ".d"
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	text, err := json.Marshal(part)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(part.Package))
	const bytesOfName = 8
	if err := replaceFile(filepath.Join(folder, hex.EncodeToString(sum[:bytesOfName])+".json"), text); err != nil {
		return err
	}
	for written := []byte(nil); ; {
		parts, err := readParts(folder)
		if err != nil {
			return err
		}
		page, err := renderPage(parts)
		if err != nil {
			return err
		}
		if bytes.Equal(page, written) {
			return nil
		}
		if err := replaceFile(file, page); err != nil {
			return err
		}
		written = page
	}
}

// readParts reads the parts of all packages, in the order of their paths.
func readParts(folder string) ([]pagePart, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var parts []pagePart
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		file := filepath.Join(folder, e.Name())
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var part pagePart
		err = json.Unmarshal(text, &part)
		if err == nil && part.Package == "" {
			err = errors.New("it is not a file of -asl.cover")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w; remove it", file, err)
		}
		parts = append(parts, part)
	}
	slices.SortFunc(parts, func(a, b pagePart) int { return strings.Compare(a.Package, b.Package) })
	return parts, nil
}

// replaceFile writes a file so that no reader sees a part of it.
func replaceFile(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
