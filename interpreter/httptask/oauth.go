package httptask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/gostates/gostates/asl"
)

// tokenCache holds the access tokens of connections by ARN. The zero value is ready
// to use.
type tokenCache struct {
	group singleflight.Group // requests for a token, by ARN

	mu      sync.Mutex
	known   map[string]token
	pending map[string]*tokenRequest
}

type token struct {
	value string // including its type, as in the header
	ends  time.Time
}

// tokenRequest is a request for a token that concurrent tasks share. Its context
// ends when the last of them stops waiting.
type tokenRequest struct {
	ctx    context.Context
	cancel context.CancelFunc
	calls  int
}

// expiryMargin is how long before its expiry a token is no longer used.
const expiryMargin = 30 * time.Second

// accessToken returns the token of a connection, and requests one if necessary.
func (t *Tasks) accessToken(ctx context.Context, arn string, o *OAuth) (string, error) {
	if value, ok := t.tokens.lookupToken(arn, t.config.Now()); ok {
		return value, nil
	}
	shared := t.tokens.joinRequest(arn)
	defer t.tokens.leaveRequest(arn, shared)
	results := t.tokens.group.DoChan(arn, func() (any, error) { return t.refreshToken(shared.ctx, arn, o) })
	select {
	case r := <-results:
		value, _ := r.Val.(string)
		return value, r.Err
	case <-ctx.Done():
		return "", socketError(ctx.Err())
	}
}

// refreshToken requests a token and stores it. It runs on a goroutine of its own,
// where a panic of Config.Now would end the process.
func (t *Tasks) refreshToken(ctx context.Context, arn string, o *OAuth) (value string, err error) {
	defer func() {
		if p := recover(); p != nil {
			value, err = "", fmt.Errorf("panic: %v", p)
		}
	}()
	if value, ok := t.tokens.lookupToken(arn, t.config.Now()); ok {
		return value, nil // another request has just stored one
	}
	ctx, cancel := context.WithTimeout(ctx, t.config.Timeout)
	defer cancel()
	value, lasts, err := t.requestToken(ctx, o)
	if err == nil {
		t.tokens.storeToken(arn, token{value, t.config.Now().Add(lasts - expiryMargin)})
	}
	return value, err
}

func (k *tokenCache) lookupToken(arn string, now time.Time) (value string, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, ok := k.known[arn]
	return known.value, ok && now.Before(known.ends)
}

func (k *tokenCache) storeToken(arn string, value token) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil {
		k.known = make(map[string]token)
	}
	k.known[arn] = value
}

// dropToken removes a token that was rejected, unless it was replaced.
func (k *tokenCache) dropToken(arn, value string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known[arn].value == value {
		delete(k.known, arn)
	}
}

func (k *tokenCache) joinRequest(arn string) *tokenRequest {
	k.mu.Lock()
	defer k.mu.Unlock()
	req := k.pending[arn]
	if req == nil {
		req = &tokenRequest{}
		req.ctx, req.cancel = context.WithCancel(markSecret(context.Background()))
		if k.pending == nil {
			k.pending = make(map[string]*tokenRequest)
		}
		k.pending[arn] = req
	}
	req.calls++
	return req
}

// leaveRequest cancels the request if nobody waits for it any longer.
func (k *tokenCache) leaveRequest(arn string, req *tokenRequest) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if req.calls--; req.calls == 0 {
		req.cancel()
		delete(k.pending, arn)
		k.group.Forget(arn)
	}
}

func noTokenError(why string) error {
	return asl.Errorf(ConnectionNotAuthorized, "The authorization endpoint returned no access token: %s.", why)
}

func rejectTokenStatus(got *http.Response) error {
	if got.StatusCode/100 == 2 {
		return nil
	}
	return noTokenError(strings.TrimSpace(fmt.Sprintf("it responded with %d %s", got.StatusCode, reasonPhrase(got.StatusCode))))
}

// requestToken makes one request for a token.
func (t *Tasks) requestToken(ctx context.Context, o *OAuth) (value string, lasts time.Duration, err error) {
	r, err := t.newTokenRequest(ctx, o)
	if err != nil {
		return "", 0, err
	}
	resp, err := t.exchangeHTTP(r, rejectTokenStatus)
	if errors.Is(err, errTooLong) {
		return "", 0, noTokenError("its response is too long")
	}
	if err != nil {
		return "", 0, err
	}
	var got struct {
		Token string      `json:"access_token"`
		Type  string      `json:"token_type"`
		Lasts json.Number `json:"expires_in"` // seconds; some servers send a string
	}
	if err := json.Unmarshal(resp.body, &got); err != nil || got.Token == "" {
		return "", 0, noTokenError("its response has none")
	}
	if got.Type == "" || strings.EqualFold(got.Type, "bearer") {
		got.Type = "Bearer"
	}
	if value = got.Type + " " + got.Token; !validHeaderValue(value) {
		return "", 0, noTokenError("its response has one that is not valid in a header")
	}
	seconds, err := got.Lasts.Float64()
	if err != nil || seconds <= 0 {
		seconds = 3600
	}
	return value, time.Duration(min(seconds, 1<<30)) * time.Second, nil
}

func (t *Tasks) newTokenRequest(ctx context.Context, o *OAuth) (*http.Request, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, noTokenError("its URL cannot be read")
	}
	if why := t.whyRefused(u); why != "" {
		return nil, (&refusal{withoutSecrets(u), why}).permissionsError()
	}
	u.RawQuery = mergeQuery(u.RawQuery, o.Query)
	form := []Parameter{{"client_id", o.ClientID}, {"client_secret", o.ClientSecret}, {"grant_type", "client_credentials"}}
	form = append(withoutNames(form, o.Body), o.Body...)
	method := o.Method
	if method == "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(encodePairs(form)))
	if err != nil {
		return nil, noTokenError("its URL or method is not valid")
	}
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Accept", "application/json")
	for _, p := range o.Headers {
		r.Header.Set(p.Name, p.Value)
	}
	return r, nil
}
