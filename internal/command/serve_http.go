package command

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits on what a client may hold.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = time.Minute
	idleTimeout   = 2 * time.Minute
	mostHeader    = 64 << 10
)

// serveHTTP serves until ctx ends. Then polls end with empty answers, and other requests
// have a while to end. The error is that of the listener.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, longestAnswer time.Duration, logger *slog.Logger) error {
	server := &http.Server{
		Handler: endWaits(ctx, limitBody(h)), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		WriteTimeout: longestAnswer, MaxHeaderBytes: mostHeader,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		logger.Warn("asl serve: requests were cut off", slog.Any("error", err))
		_ = server.Close()
	}
	return nil
}

// endWaits ends the requests that wait when ctx ends. Others go on: what a client was
// told must be true.
func endWaits(ctx context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target := r.Header.Get("X-Amz-Target")
		if r.Method == http.MethodGet || target == "AWSStepFunctions.GetActivityTask" || target == "AWSStepFunctions.StartSyncExecution" {
			waiting, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(ctx, cancel)()
			r = r.WithContext(waiting)
		}
		h.ServeHTTP(w, r)
	})
}

// limitBody limits how long the body of a request may take, also one that is refused
// before it is read: net/http reads it then. ReadTimeout of the server would also end
// polls.
func limitBody(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			b := &timedBody{ReadCloser: r.Body, connection: http.NewResponseController(w)}
			_ = b.connection.SetReadDeadline(time.Now().Add(bodyTimeout))
			r.Body = b
		}
		h.ServeHTTP(w, r)
	})
}

type timedBody struct {
	io.ReadCloser
	connection *http.ResponseController
}

// Read implements [io.Reader].
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // readers return it as it is
		_ = b.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}

// isToken reports whether text can be an access key ID.
func isToken(text string) bool {
	for _, r := range text {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' {
			return false
		}
	}
	return len(text) >= 16 && len(text) <= 128
}

// guardToken refuses requests whose access key ID, or password in a browser, is not the
// token. An empty token allows all.
func guardToken(h http.Handler, token string) http.Handler {
	if token == "" {
		return h
	}
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := accessKey(r.Header.Get("Authorization"))
		_, password, basic := r.BasicAuth()
		if basic { // a browser, for the page
			key = password
		}
		got := sha256.Sum256([]byte(key))
		if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			h.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodGet || basic {
			w.Header().Set("WWW-Authenticate", `Basic realm="asl serve: the password is the token"`)
			http.Error(w, "the password is the token", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`)
	})
}

// accessKey returns the access key ID of an Authorization header.
func accessKey(authorization string) string {
	_, credential, _ := strings.Cut(authorization, "Credential=")
	key, _, _ := strings.Cut(credential, "/")
	return key
}
