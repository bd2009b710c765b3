package httptask

import (
	"context"
	"net/http"
	"slices"

	"github.com/gostates/gostates/asl"
)

// Connection is an EventBridge connection: credentials, and parameters that are
// added to each request. At most one of Basic, APIKey and OAuth may be set.
type Connection struct {
	Basic  *Basic  // nil: none
	APIKey *APIKey // nil: none
	OAuth  *OAuth  // nil: none

	// Headers, Query and Body are added to each request, in this order. They
	// replace the task's parameters of the same name. Case is significant.
	Headers, Query, Body []Parameter
}

// Basic holds the credentials of HTTP basic authentication.
type Basic struct{ Username, Password string }

// APIKey is a header that contains a key.
type APIKey struct{ Name, Value string }

// OAuth gets an access token by the client credentials grant. A token is requested
// when a task first needs one, and again after it expired or was rejected.
// Concurrent tasks share one request.
type OAuth struct {
	Endpoint               string      // its address is checked like any other; Config.Allow is not called
	Method                 string      // empty: POST
	ClientID, ClientSecret string      // sent in the body, as a form
	Headers, Query, Body   []Parameter // added to the request for a token
}

// Parameter is a name and a value.
type Parameter struct{ Name, Value string }

// Error names of connections. The prefix is AWS's; the rest is defined here.
const (
	ConnectionNotFound      = "Events.ConnectionResource.NotFound"      // Config.Connection does not know the ARN
	ConnectionNotAuthorized = "Events.ConnectionResource.NotAuthorized" // the endpoint of an OAuth returned no token
)

// findConnection returns the connection of an ARN. It is empty if arn is.
func (t *Tasks) findConnection(ctx context.Context, arn string) (*Connection, error) {
	if arn == "" {
		return &Connection{}, nil
	}
	if t.config.Connection == nil {
		return nil, asl.Errorf(ConnectionNotFound, "The connection %s does not exist.", arn)
	}
	c, err := t.config.Connection(ctx, arn)
	switch {
	case err != nil && isASLError(err):
		return nil, err
	case err != nil:
		return nil, asl.Errorf(ConnectionNotFound, "%v", err)
	case c == nil:
		return nil, asl.Errorf(ConnectionNotFound, "The connection %s does not exist.", arn)
	}
	return c, nil
}

// headersWithKey returns the headers that the connection adds, including its
// APIKey.
func (c *Connection) headersWithKey() []Parameter {
	if c.APIKey == nil {
		return c.Headers
	}
	return append(slices.Clip(c.Headers), Parameter{c.APIKey.Name, c.APIKey.Value})
}

// authorizeRequest sets the Authorization header. It returns the access token if
// the connection uses OAuth.
func (t *Tasks) authorizeRequest(r *http.Request, arn string, c *Connection) (token string, err error) {
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
