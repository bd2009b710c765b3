package sqlite

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
)

// Parameters of the connections of Open. A busy timeout lets a connection wait for a
// foreign tool that writes.
const (
	writerParameters = "_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=cache_size(" + cacheSize + ")&_pragma=journal_size_limit(67108864)"
	cacheSize        = "-16000" // KiB of the writer
	readerParameters = "_pragma=busy_timeout(5000)&_pragma=query_only(1)"
)

// openPool opens up to n connections to the file at an absolute path.
func openPool(path string, n int, parameters string) (*sql.DB, error) {
	uri, err := fileURI(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", uri+"?"+parameters)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := db.Ping(); err != nil {
		_ = db.Close()
		return nil, readError(err)
	}
	return db, nil
}

// fileURI returns the URI of an absolute path. Any character may stand in a path, ?
// and # and % included, so that all but the plainest are escaped.
func fileURI(path string) (string, error) {
	path = filepath.ToSlash(path)
	if strings.IndexByte(path, 0) >= 0 {
		return "", errors.New("the path contains a NUL byte")
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/folder/file
	}
	const hex = "0123456789ABCDEF"
	var uri strings.Builder
	uri.WriteString("file://")
	for i := range len(path) {
		c := path[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/-._~:", c) >= 0:
			uri.WriteByte(c)
		default:
			uri.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return uri.String(), nil
}
