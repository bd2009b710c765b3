package httptask

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gostates/gostates/asl"
)

// Connection is what the host knows of an EventBridge connection: how requests
// prove who they are, and what is added to each. At most one of Basic, APIKey and
// OAuth is set.
type Connection struct {
	Basic  *Basic
	APIKey *APIKey
	OAuth  *OAuth

	// What is added, in the place of what a task gives by the same name.
	Headers, Query, Body []Parameter
}

// Basic is a user and a password.
type Basic struct{ Username, Password string }

// APIKey is a header of the API's own.
type APIKey struct{ Name, Value string }

// OAuth gets an access token by client credentials. It is asked of the endpoint
// when the first request needs one, and again when it has ended or is refused.
type OAuth struct {
	Endpoint               string // its address is guarded as others are, Config.Allow is not asked
	Method                 string // default: POST
	ClientID, ClientSecret string
	Headers, Query, Body   []Parameter
}

// Parameter is a name and a value.
type Parameter struct{ Name, Value string }

// Errors of connections. The prefix is AWS's; what follows it is ours.
const (
	ErrConnectionNotFound      = "Events.ConnectionResource.NotFound"
	ErrConnectionNotAuthorized = "Events.ConnectionResource.NotAuthorized"
)

// connection returns the connection of a call, nil where it names none.
func (t *Tasks) connection(ctx context.Context, arn string) (*Connection, error) {
	if arn == "" {
		return nil, nil
	}
	if t.config.Connection == nil {
		return nil, asl.Errorf(ErrConnectionNotFound, "The connection %s does not exist.", arn)
	}
	c, err := t.config.Connection(ctx, arn)
	switch {
	case err != nil && named(err):
		return nil, err
	case err != nil:
		return nil, asl.Errorf(ErrConnectionNotFound, "%v", err)
	case c == nil:
		return nil, asl.Errorf(ErrConnectionNotFound, "The connection %s does not exist.", arn)
	}
	return c, nil
}

// secretKey marks the context of a request that carries something of a connection.
type secretKey struct{}

func secret(ctx context.Context) bool { return ctx.Value(secretKey{}) != nil }

// authorize adds to a request what its connection says.
func (t *Tasks) authorize(r *http.Request, arn string, c *Connection) error {
	for _, p := range c.Headers {
		r.Header.Set(p.Name, p.Value)
	}
	switch {
	case c.Basic != nil:
		r.SetBasicAuth(c.Basic.Username, c.Basic.Password)
	case c.APIKey != nil:
		r.Header.Set(c.APIKey.Name, c.APIKey.Value)
	case c.OAuth != nil:
		token, err := t.accessToken(r.Context(), arn, c.OAuth)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", token)
	}
	return nil
}

// addQuery puts the connection's parameters in the place of those of that name.
func addQuery(u *url.URL, parameters []Parameter) {
	if len(parameters) == 0 {
		return
	}
	q := u.Query()
	for _, p := range parameters {
		q.Set(p.Name, p.Value)
	}
	u.RawQuery = q.Encode()
}
