package httptask

import (
	"context"
	"errors"
	"net/http"
)

// checkRedirect checks the URL of a redirect. A request with secrets of a
// connection must not leave its origin. next is the client's own CheckRedirect, or
// nil.
func (t *Tasks) checkRedirect(r *http.Request, via []*http.Request, next func(*http.Request, []*http.Request) error) error {
	if t.config.NoRedirects {
		return http.ErrUseLastResponse
	}
	if len(via) >= maxRedirects {
		return errors.New("more than 10 redirects")
	}
	if err := t.checkURL(r.URL); err != nil {
		return err
	}
	first := via[0].URL
	if carriesSecret(r.Context()) && (first.Scheme != r.URL.Scheme || first.Host != r.URL.Host) {
		return &refusal{withoutSecrets(r.URL), "it redirects to another origin, and the request carries secrets of a connection"}
	}
	if next != nil {
		return next(r, via)
	}
	return nil
}

// secretKey marks the context of a request that carries secrets of a connection.
type secretKey struct{}

func markSecret(ctx context.Context) context.Context {
	return context.WithValue(ctx, secretKey{}, true)
}

func carriesSecret(ctx context.Context) bool { return ctx.Value(secretKey{}) != nil }
