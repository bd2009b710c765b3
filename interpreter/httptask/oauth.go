package httptask

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gostates/gostates/asl"
)

// tokens keeps the access tokens of connections, by ARN.
type tokens struct {
	mu  sync.Mutex
	all map[string]*token
}

// token is a connection's. Whoever asks for one holds busy, so that many requests
// at once ask once.
type token struct {
	busy  chan struct{}
	value string // with its type, as the header has it
	ends  time.Time
}

// early is how long before its end a token is not used any more.
const early = 30 * time.Second

func (t *Tasks) token(arn string) *token {
	t.tokens.mu.Lock()
	defer t.tokens.mu.Unlock()
	if t.tokens.all == nil {
		t.tokens.all = make(map[string]*token)
	}
	k := t.tokens.all[arn]
	if k == nil {
		k = &token{busy: make(chan struct{}, 1)}
		t.tokens.all[arn] = k
	}
	return k
}

// accessToken returns the token of a connection, asking for one if need be.
func (t *Tasks) accessToken(ctx context.Context, arn string, o *OAuth) (string, error) {
	k := t.token(arn)
	select {
	case k.busy <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-k.busy }()
	if k.value != "" && t.config.Now().Before(k.ends) {
		return k.value, nil
	}
	value, lasts, err := t.askToken(ctx, o)
	if err != nil {
		return "", err
	}
	k.value, k.ends = value, t.config.Now().Add(lasts-early)
	return value, nil
}

// forgetToken drops a token that was refused.
func (t *Tasks) forgetToken(arn, value string) {
	k := t.token(arn)
	k.busy <- struct{}{}
	if k.value == value {
		k.value = ""
	}
	<-k.busy
}

func (t *Tasks) askToken(ctx context.Context, o *OAuth) (string, time.Duration, error) {
	refuse := func(why string) (string, time.Duration, error) {
		return "", 0, asl.Errorf(ErrConnectionNotAuthorized, "The authorization endpoint gave no access token: %s.", why)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {o.ClientID}, "client_secret": {o.ClientSecret}}
	for _, p := range o.Body {
		form.Set(p.Name, p.Value)
	}
	u, err := url.Parse(o.Endpoint)
	if err != nil {
		return refuse("its URL cannot be read")
	}
	if why := t.objection(u); why != "" {
		return "", 0, (&refused{bare(u), why}).asl()
	}
	addQuery(u, o.Query)
	method := o.Method
	if method == "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, secretKey{}, true), method, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return refuse("its URL or method is not valid")
	}
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Accept", "application/json")
	for _, p := range o.Headers {
		r.Header.Set(p.Name, p.Value)
	}
	answer, err := t.client.Do(r)
	if err != nil {
		return "", 0, socket(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, t.config.MaxBytes))
	if err != nil {
		return "", 0, socket(err)
	}
	var got struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		Lasts int64  `json:"expires_in"`
	}
	if answer.StatusCode/100 != 2 {
		return refuse("it answered " + answer.Status)
	}
	if err := json.Unmarshal(text, &got); err != nil || got.Token == "" {
		return refuse("it answered without one")
	}
	if got.Type == "" || strings.EqualFold(got.Type, "bearer") {
		got.Type = "Bearer"
	}
	if got.Lasts <= 0 {
		got.Lasts = 3600
	}
	return got.Type + " " + got.Token, time.Duration(min(got.Lasts, 1<<30)) * time.Second, nil
}
