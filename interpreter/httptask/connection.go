package httptask

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/gostates/gostates/asl"
)

// Connection describes an EventBridge connection: how requests prove who makes them,
// and what is added to each. At most one of Basic, APIKey and OAuth is set.
type Connection struct {
	Basic  *Basic
	APIKey *APIKey
	OAuth  *OAuth

	// Added to each request, in this order. They replace what a task gives by the
	// same name, in the same case.
	Headers, Query, Body []Parameter
}

// Basic is a user and a password.
type Basic struct{ Username, Password string }

// APIKey is a header that holds a key.
type APIKey struct{ Name, Value string }

// OAuth gets an access token by client credentials. The endpoint is asked when the
// first request needs one, and again when the token has ended or was refused. Requests
// that need one at the same time share one.
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

// connection returns the connection of a call, an empty one where it names none.
func (t *Tasks) connection(ctx context.Context, arn string) (*Connection, error) {
	if arn == "" {
		return &Connection{}, nil
	}
	if t.config.Connection == nil {
		return nil, asl.Errorf(ErrConnectionNotFound, "The connection %s does not exist.", arn)
	}
	c, err := t.config.Connection(ctx, arn)
	switch {
	case err != nil && isASLError(err):
		return nil, err
	case err != nil:
		return nil, asl.Errorf(ErrConnectionNotFound, "%v", err)
	case c == nil:
		return nil, asl.Errorf(ErrConnectionNotFound, "The connection %s does not exist.", arn)
	}
	return c, nil
}

func isASLError(err error) bool {
	var e *asl.Error
	return errors.As(err, &e)
}

// secretKey marks the context of a request that carries something of a connection.
type secretKey struct{}

func withSecret(ctx context.Context) context.Context {
	return context.WithValue(ctx, secretKey{}, true)
}

func secret(ctx context.Context) bool { return ctx.Value(secretKey{}) != nil }

// headers are those that a connection adds to every request, a key among them.
func (c *Connection) headers() []Parameter {
	if c.APIKey == nil {
		return c.Headers
	}
	return append(slices.Clip(c.Headers), Parameter{c.APIKey.Name, c.APIKey.Value})
}

// authorize says in a request who makes it. It returns the access token, if that is
// how.
func (t *Tasks) authorize(r *http.Request, arn string, c *Connection) (token string, err error) {
	switch {
	case c.Basic != nil:
		r.SetBasicAuth(c.Basic.Username, c.Basic.Password)
	case c.OAuth != nil:
		if token, err = t.accessToken(r.Context(), arn, c.OAuth); err == nil {
			r.Header.Set("Authorization", token)
		}
	}
	return token, err
}
