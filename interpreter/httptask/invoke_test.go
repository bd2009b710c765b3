package httptask_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/httptask"
)

// seen is what a server got, as a text.
func seen(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	return r.Method + " " + r.URL.RequestURI() + " " + r.Header.Get("Content-Type") + " " + string(body)
}

// parameters of a call with a connection to a path of the server.
func parameters(base, more string) []byte {
	if more != "" {
		more = ", " + more
	}
	return []byte(`{"ApiEndpoint": "` + base + `/p", "Authentication": {"ConnectionArn": "c"}` + more + `}`)
}

func fixed(c *httptask.Connection) func(context.Context, string) (*httptask.Connection, error) {
	return func(_ context.Context, arn string) (*httptask.Connection, error) {
		if arn != "c" {
			return nil, nil
		}
		return c, nil
	}
}

func TestRequestIsMadeOfTheParameters(t *testing.T) {
	const post = `"Method": "POST", `
	for name, c := range map[string]struct{ given, want string }{
		"GET":     {`"Method": "GET"`, "GET /p  "},
		"HEAD":    {`"Method": "HEAD"`, "HEAD /p  "},
		"DELETE":  {`"Method": "DELETE"`, "DELETE /p  "},
		"OPTIONS": {`"Method": "OPTIONS"`, "OPTIONS /p  "},
		"PUT":     {`"Method": "PUT", "RequestBody": {"a": 1.0}`, `PUT /p application/json {"a":1.0}`},
		"PATCH":   {`"Method": "PATCH", "RequestBody": [1, null]`, `PATCH /p application/json [1,null]`},
		"null":    {post + `"RequestBody": null`, `POST /p application/json null`},
		"text":    {post + `"RequestBody": "a b"`, `POST /p text/plain; charset=utf-8 a b`},
		"a type of its own": {post + `"RequestBody": "<a/>", "Headers": {"content-type": "text/xml"}`,
			`POST /p text/xml <a/>`},
		"query text":             {`"Method": "GET", "QueryParameters": "a=1&b=%20"`, "GET /p?a=1&b=%20  "},
		"query object":           {`"Method": "GET", "QueryParameters": {"a": 1, "b": ["x y", true]}`, "GET /p?a=1&b=x+y&b=true  "},
		"query array":            {`"Method": "GET", "QueryParameters": ["a=1", {"b": "2"}]`, "GET /p?a=1&b=2  "},
		"NONE":                   {post + `"RequestBody": {"a": 1}, "Transform": {"RequestBodyEncoding": "NONE"}`, `POST /p application/json {"a":1}`},
		"URL_ENCODED":            {post + form(""), `POST /p application/x-www-form-urlencoded a%5B0%5D=1&a%5B1%5D=x+y&b%5Bc%5D=`},
		"URL_ENCODED, INDICES":   {post + form("INDICES"), `POST /p application/x-www-form-urlencoded a%5B0%5D=1&a%5B1%5D=x+y&b%5Bc%5D=`},
		"URL_ENCODED, REPEAT":    {post + form("REPEAT"), `POST /p application/x-www-form-urlencoded a=1&a=x+y&b%5Bc%5D=`},
		"URL_ENCODED, COMMAS":    {post + form("COMMAS"), `POST /p application/x-www-form-urlencoded a=1%2Cx+y&b%5Bc%5D=`},
		"URL_ENCODED, BRACKETS":  {post + form("BRACKETS"), `POST /p application/x-www-form-urlencoded a%5B%5D=1&a%5B%5D=x+y&b%5Bc%5D=`},
		"URL_ENCODED, of a text": {post + `"RequestBody": "a=1", "Transform": {"RequestBodyEncoding": "URL_ENCODED"}`, `POST /p application/x-www-form-urlencoded a=1`},
	} {
		t.Run(name, func(t *testing.T) {
			var got atomic.Value
			s, config := serve(t, func(_ http.ResponseWriter, r *http.Request) { got.Store(seen(r)) })
			config.Connection = fixed(&httptask.Connection{})
			_, err := run(t, config, invoke, parameters(s.URL, c.given))
			require.NoError(t, err)
			require.Equal(t, c.want, got.Load())
		})
	}
}

func form(arrays string) string {
	o := ""
	if arrays != "" {
		o = `, "RequestEncodingOptions": {"ArrayFormat": "` + arrays + `"}`
	}
	return `"RequestBody": {"a": [1, "x y"], "b": {"c": null}}, "Transform": {"RequestBodyEncoding": "URL_ENCODED"` + o + `}`
}

func TestHeadersOfTheRequest(t *testing.T) {
	var got atomic.Value
	s, config := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		r.Header.Del("Content-Length")
		got.Store(headers(r.Header))
	})
	config.Connection = fixed(&httptask.Connection{
		APIKey:  &httptask.APIKey{Name: "X-Api-Key", Value: "k"},
		Headers: []httptask.Parameter{{Name: "X-Both", Value: "connection"}},
	})
	_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET", "Headers": {"X-Both": "task", "X-Many": ["1", 2]}`))
	require.NoError(t, err)
	require.Equal(t, "Range=bytes=0-262144 User-Agent=Amazon|StepFunctions|HttpInvoke|us-east-1 "+
		"X-Api-Key=k X-Both=connection X-Many=1,2", strings.ReplaceAll(got.Load().(string), "Accept-Encoding=gzip ", ""))
}

func headers(h http.Header) string {
	var all []string
	for name, values := range h {
		all = append(all, name+"="+strings.Join(values, ","))
	}
	sort.Strings(all)
	return strings.Join(all, " ")
}

func TestParametersThatAreWrongAreStatesRuntime(t *testing.T) {
	s, config := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") })
	config.Connection = fixed(&httptask.Connection{Body: []httptask.Parameter{{Name: "a", Value: "b"}}})
	get := func(more string) []byte { return parameters(s.URL, `"Method": "GET"`+more) }
	cases := map[string][]byte{
		"no object":                             []byte(`[]`),
		"no ApiEndpoint":                        []byte(`{"Method": "GET", "Authentication": {"ConnectionArn": "c"}}`),
		"no Method":                             parameters(s.URL, ""),
		"TRACE":                                 parameters(s.URL, `"Method": "TRACE"`),
		"get":                                   parameters(s.URL, `"Method": "get"`),
		"no connection":                         []byte(`{"Method": "GET", "ApiEndpoint": "` + s.URL + `"}`),
		"two connections":                       get(`, "InvocationConfig": {"ConnectionArn": "c"}`),
		"no ConnectionArn":                      []byte(`{"Method": "GET", "ApiEndpoint": "` + s.URL + `", "InvocationConfig": {}}`),
		"Headers":                               get(`, "Headers": 7`),
		"header with a line":                    get(`, "Headers": {"a": "b\r\nc: d"}`),
		"QueryParameters":                       get(`, "QueryParameters": 7`),
		"Transform":                             get(`, "Transform": {"RequestBodyEncoding": "XML"}`),
		"ArrayFormat":                           get(`, "Transform": {"RequestEncodingOptions": {"ArrayFormat": "X"}}`),
		"text body with the connection's body":  get(`, "RequestBody": "x"`),
		"array body with the connection's body": get(`, "RequestBody": [1]`),
	}
	for _, name := range []string{"Authorization", "Host", "Date", "Connection", "Cache-Control", "Expect", "From", "Via", "TE",
		"Trailer", "Upgrade", "Transfer-Encoding", "Content-Encoding", "Content-MD5", "If-Match", "If-None-Match",
		"X-Forwarded-For", "x-amz-date", "X-Amzn-Trace-Id"} {
		cases["header "+name] = get(`, "Headers": {"` + name + `": "x"}`)
	}
	for name, input := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, config, invoke, input)
			require.ErrorIs(t, err, &asl.Error{Name: asl.ErrRuntime})
		})
	}
}

func TestResultOfHTTPInvoke(t *testing.T) {
	for name, c := range map[string]struct{ kind, body, want string }{
		"JSON":  {"application/json", `{"a": 1.0}`, `{"a":1.0}`},
		"text":  {"text/html", `<p>`, `"<p>"`},
		"empty": {"text/html", ``, `""`},
	} {
		t.Run(name, func(t *testing.T) {
			s, config := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				w.Header().Set("Content-Type", c.kind)
				w.Header()["X-Two"] = []string{"1", "2"}
				w.WriteHeader(201)
				_, _ = w.Write([]byte(c.body))
			})
			config.Connection = fixed(&httptask.Connection{})
			got, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET"`))
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf(`{"Headers":{"content-length":["%d"],"content-type":["%s"],"x-two":["1","2"]},`+
				`"ResponseBody":%s,"StatusCode":201,"StatusText":"Created"}`, len(c.body), c.kind, c.want), got)
		})
	}
}

func TestAnswersThatAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		answer      http.HandlerFunc
		want, cause string
	}{
		"404":          {status(404), "States.Http.StatusCode.404", "Not Found"},
		"503":          {status(503), "States.Http.StatusCode.503", "Service Unavailable"},
		"304":          {status(304), "States.Http.StatusCode.304", "Not Modified"},
		"599":          {status(599), "States.Http.StatusCode.599", "599"},
		"octet-stream": {kind("application/octet-stream"), asl.ErrRuntime, ""},
		"image":        {kind("image/png"), asl.ErrRuntime, ""},
		"video":        {kind("video/mp4"), asl.ErrRuntime, ""},
		"audio":        {kind("audio/ogg; a=b"), asl.ErrRuntime, ""},
		"too large": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1025)) },
			asl.ErrDataLimitExceeded, "The state/task 'http' returned a result with a size exceeding"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, httptask.ErrSocket, "unexpected EOF"},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, httptask.ErrSocket, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s, config := serve(t, c.answer)
			config.Connection, config.MaxBytes = fixed(&httptask.Connection{}), 1024
			_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET"`))
			require.ErrorIs(t, err, &asl.Error{Name: c.want})
			require.ErrorContains(t, err, c.cause)
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func kind(k string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", k) }
}

func TestAnswerThatDoesNotComeInTime(t *testing.T) {
	s, config := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	config.Connection, config.Timeout = fixed(&httptask.Connection{}), 20*time.Millisecond
	_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET"`))
	require.ErrorIs(t, err, &asl.Error{Name: httptask.ErrSocket})
	require.ErrorContains(t, err, "The request timed out.")
}

func TestCertificateThatNobodySignedIsRefused(t *testing.T) {
	s, config := serve(t, status(200))
	config.Client = nil
	_, err := run(t, config, s.URL, nil)
	require.ErrorIs(t, err, &asl.Error{Name: httptask.ErrSocket})
	require.ErrorContains(t, err, "certificate")
}

func TestPlainURLIsSentTheInput(t *testing.T) {
	for name, c := range map[string]struct{ input, answer, want, problem string }{
		"object":  {`{"a": 1}`, `{"b": 2.0}`, `{"b":2.0}`, ""},
		"string":  {`"a"`, `"b"`, `"b"`, ""},
		"empty":   {`{}`, ``, `null`, ""},
		"no JSON": {`{}`, `<p>`, ``, "The answer is no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			var got atomic.Value
			s, config := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got.Store(seen(r))
				_, _ = w.Write([]byte(c.answer))
			})
			out, err := run(t, config, s.URL+"/pay", []byte(c.input))
			if c.problem != "" {
				require.ErrorContains(t, err, c.problem)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, out)
			require.Equal(t, "POST /pay application/json "+strings.ReplaceAll(c.input, " ", ""), got.Load())
		})
	}
}

func TestConnections(t *testing.T) {
	for name, c := range map[string]struct {
		connection *httptask.Connection
		given      string
		want       string
	}{
		"basic":   {&httptask.Connection{Basic: &httptask.Basic{Username: "u", Password: "p"}}, "", "GET /p   Basic dTpw"},
		"API key": {&httptask.Connection{APIKey: &httptask.APIKey{Name: "Authorization", Value: "k"}}, "", "GET /p   k"},
		"query": {&httptask.Connection{Query: []httptask.Parameter{{Name: "a", Value: "connection"}}},
			`, "QueryParameters": {"a": "task", "b": 1}`, "GET /p?a=connection&b=1   "},
		"body": {&httptask.Connection{Body: []httptask.Parameter{{Name: "a", Value: "connection"}}},
			`, "RequestBody": {"a": "task", "b": 1}`, `GET /p application/json {"a":"connection","b":1} `},
		"body alone": {&httptask.Connection{Body: []httptask.Parameter{{Name: "a", Value: "connection"}}}, "",
			`GET /p application/json {"a":"connection"} `},
	} {
		t.Run(name, func(t *testing.T) {
			var got atomic.Value
			s, config := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				got.Store(seen(r) + " " + r.Header.Get("Authorization"))
			})
			config.Connection = fixed(c.connection)
			_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET"`+c.given))
			require.NoError(t, err)
			require.Equal(t, c.want, got.Load())
		})
	}
}

func TestConnectionThatIsNotThere(t *testing.T) {
	s, config := serve(t, status(200))
	for name, f := range map[string]func(context.Context, string) (*httptask.Connection, error){
		"none known": nil,
		"not known":  func(context.Context, string) (*httptask.Connection, error) { return nil, nil },
		"broken":     func(context.Context, string) (*httptask.Connection, error) { return nil, errors.New("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			config.Connection = f
			_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET"`))
			require.ErrorIs(t, err, &asl.Error{Name: httptask.ErrConnectionNotFound})
		})
	}
	config.NoConnectionNeeded = true
	_, err := run(t, config, invoke, []byte(`{"Method": "GET", "ApiEndpoint": "`+s.URL+`"}`))
	require.NoError(t, err)
}

func TestAccessTokenIsAskedForOnceAndAgainWhenItIsRefusedOrEnds(t *testing.T) {
	var asked, refusals atomic.Int32
	var asking atomic.Value
	s, config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			asking.Store(seen(r))
			_, _ = fmt.Fprintf(w, `{"access_token": "t%d", "token_type": "bearer", "expires_in": 60}`, asked.Add(1))
			return
		}
		if refusals.Add(-1) >= 0 {
			w.WriteHeader(401)
		}
		_, _ = w.Write([]byte(r.Header.Get("Authorization")))
	})
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	config.Now = func() time.Time { return now }
	config.Connection = fixed(&httptask.Connection{OAuth: &httptask.OAuth{
		Endpoint: s.URL + "/token", ClientID: "id", ClientSecret: "secret",
		Body: []httptask.Parameter{{Name: "scope", Value: "all"}}}})
	h := tasks(t, config)
	call := func() string { return body(t, h, parameters(s.URL, `"Method": "GET"`)) }
	require.Equal(t, "Bearer t1", call())
	require.Equal(t, "Bearer t1", call())
	require.Equal(t, "POST /token application/x-www-form-urlencoded client_id=id&client_secret=secret&grant_type=client_credentials&scope=all", asking.Load())
	now = now.Add(31 * time.Second) // 29 seconds before it ends
	require.Equal(t, "Bearer t2", call())
	refusals.Store(1)
	require.Equal(t, "Bearer t3", call())
	require.EqualValues(t, 3, asked.Load())
}

func TestAuthorizationEndpointThatGivesNoToken(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"400":      status(400),
		"no token": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, config := serve(t, h)
			config.Connection = fixed(&httptask.Connection{OAuth: &httptask.OAuth{Endpoint: s.URL}})
			_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET"`))
			require.ErrorIs(t, err, &asl.Error{Name: httptask.ErrConnectionNotAuthorized})
		})
	}
}
