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

// tokens keeps the access tokens of connections, by ARN. The zero tokens is empty.
type tokens struct {
	group singleflight.Group // of requests for a token

	mu    sync.Mutex
	known map[string]token
	asked map[string]*asking
}

type token struct {
	value string // with its type, as the header has it
	ends  time.Time
}

// asking is what the calls share that ask for the token of a connection at the same
// time: the context of their request, which no single one of them ends.
type asking struct {
	ctx    context.Context
	cancel context.CancelFunc
	calls  int
}

// early is how long before its end a token is not used any more.
const early = 30 * time.Second

// accessToken returns the token of a connection, asking for one if need be.
func (t *Tasks) accessToken(ctx context.Context, arn string, o *OAuth) (string, error) {
	if value, ok := t.tokens.get(arn, t.config.Now()); ok {
		return value, nil
	}
	shared := t.tokens.join(arn)
	defer t.tokens.leave(arn, shared)
	answers := t.tokens.group.DoChan(arn, func() (any, error) { return t.refresh(shared.ctx, arn, o) })
	select {
	case a := <-answers:
		value, _ := a.Val.(string)
		return value, a.Err
	case <-ctx.Done():
		return "", socket(ctx.Err())
	}
}

// refresh asks for a token and keeps it. It runs on a goroutine of its own, where the
// panic of a hook would end the process.
func (t *Tasks) refresh(ctx context.Context, arn string, o *OAuth) (value string, err error) {
	defer func() {
		if p := recover(); p != nil {
			value, err = "", fmt.Errorf("panic: %v", p)
		}
	}()
	if value, ok := t.tokens.get(arn, t.config.Now()); ok {
		return value, nil // another request has just ended
	}
	ctx, cancel := context.WithTimeout(ctx, t.config.Timeout)
	defer cancel()
	value, lasts, err := t.askToken(ctx, o)
	if err == nil {
		t.tokens.keep(arn, token{value, t.config.Now().Add(lasts - early)})
	}
	return value, err
}

func (k *tokens) get(arn string, now time.Time) (value string, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, ok := k.known[arn]
	return known.value, ok && now.Before(known.ends)
}

func (k *tokens) keep(arn string, value token) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil {
		k.known = make(map[string]token)
	}
	k.known[arn] = value
}

// forget drops a token that was refused.
func (k *tokens) forget(arn, value string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known[arn].value == value {
		delete(k.known, arn)
	}
}

func (k *tokens) join(arn string) *asking {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.asked[arn]
	if a == nil {
		a = &asking{}
		a.ctx, a.cancel = context.WithCancel(withSecret(context.Background()))
		if k.asked == nil {
			k.asked = make(map[string]*asking)
		}
		k.asked[arn] = a
	}
	a.calls++
	return a
}

// leave ends the request when the last call has gone. The next call makes a new one.
func (k *tokens) leave(arn string, a *asking) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a.calls--; a.calls == 0 {
		a.cancel()
		delete(k.asked, arn)
		k.group.Forget(arn)
	}
}

func noToken(why string) error {
	return asl.Errorf(ErrConnectionNotAuthorized, "The authorization endpoint gave no access token: %s.", why)
}

func refuseToken(got *http.Response) error {
	if got.StatusCode/100 == 2 {
		return nil
	}
	return noToken(strings.TrimSpace(fmt.Sprintf("it answered %d %s", got.StatusCode, reasonPhrase(got.StatusCode))))
}

// askToken makes one request for a token.
func (t *Tasks) askToken(ctx context.Context, o *OAuth) (value string, lasts time.Duration, err error) {
	r, err := t.tokenRequest(ctx, o)
	if err != nil {
		return "", 0, err
	}
	answer, err := t.exchange(r, refuseToken)
	if errors.Is(err, errTooLong) {
		return "", 0, noToken("its answer is too long")
	}
	if err != nil {
		return "", 0, err
	}
	var got struct {
		Token string      `json:"access_token"`
		Type  string      `json:"token_type"`
		Lasts json.Number `json:"expires_in"` // some servers give a string
	}
	if err := json.Unmarshal(answer.body, &got); err != nil || got.Token == "" {
		return "", 0, noToken("it answered without one")
	}
	if got.Type == "" || strings.EqualFold(got.Type, "bearer") {
		got.Type = "Bearer"
	}
	if value = got.Type + " " + got.Token; !validHeaderValue(value) {
		return "", 0, noToken("it answered with one that is not valid in a header")
	}
	seconds, err := got.Lasts.Float64()
	if err != nil || seconds <= 0 {
		seconds = 3600
	}
	return value, time.Duration(min(seconds, 1<<30)) * time.Second, nil
}

func (t *Tasks) tokenRequest(ctx context.Context, o *OAuth) (*http.Request, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, noToken("its URL cannot be read")
	}
	if why := t.objection(u); why != "" {
		return nil, (&refused{bare(u), why}).asl()
	}
	u.RawQuery = mergeQuery(u.RawQuery, o.Query)
	form := []Parameter{{"client_id", o.ClientID}, {"client_secret", o.ClientSecret}, {"grant_type", "client_credentials"}}
	form = append(without(form, o.Body), o.Body...)
	method := o.Method
	if method == "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(encode(form)))
	if err != nil {
		return nil, noToken("its URL or method is not valid")
	}
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Accept", "application/json")
	for _, p := range o.Headers {
		r.Header.Set(p.Name, p.Value)
	}
	return r, nil
}
