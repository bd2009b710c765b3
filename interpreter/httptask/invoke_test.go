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
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
)

// seen is the request that a server received, as a string.
func seen(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	return r.Method + " " + r.URL.RequestURI() + " " + r.Header.Get("Content-Type") + " " + string(body)
}

// parameters returns parameters of http:invoke with a connection and a path of the
// server.
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
		"PUT":     {`"Method": "PUT", "RequestBody": {"a": 1.0}`, `PUT /p application/json; charset=UTF-8 {"a":1.0}`},
		"PATCH":   {`"Method": "PATCH", "RequestBody": [1, null]`, `PATCH /p application/json; charset=UTF-8 [1,null]`},
		"null":    {post + `"RequestBody": null`, `POST /p application/json; charset=UTF-8 null`},
		"text":    {post + `"RequestBody": "a b"`, `POST /p text/plain; charset=utf-8 a b`},
		"a type of its own": {post + `"RequestBody": "<a/>", "Headers": {"content-type": "text/xml"}`,
			`POST /p text/xml <a/>`},
		"a type in an array":     {post + `"RequestBody": {}, "Headers": {"Content-Type": ["text/xml"]}`, `POST /p text/xml {}`},
		"null parameters":        {`"Method": "GET", "Headers": null, "QueryParameters": null, "Transform": null`, "GET /p  "},
		"query text":             {`"Method": "GET", "QueryParameters": "a=1&b=%20"`, "GET /p?a=1&b=%20  "},
		"query object":           {`"Method": "GET", "QueryParameters": {"a": 1, "b": ["x y", true]}`, "GET /p?a=1&b=x%20y&b=true  "},
		"query of odd bytes":     {`"Method": "GET", "QueryParameters": ["a=b c", {"d é": "+&=~*/"}]`, "GET /p?a=b%20c&d%20%C3%A9=%2B%26%3D~%2A%2F  "},
		"query array":            {`"Method": "GET", "QueryParameters": ["a=1", {"b": "2"}]`, "GET /p?a=1&b=2  "},
		"NONE":                   {post + `"RequestBody": {"a": 1}, "Transform": {"RequestBodyEncoding": "NONE"}`, `POST /p application/json; charset=UTF-8 {"a":1}`},
		"URL_ENCODED":            {post + form(""), `POST /p application/x-www-form-urlencoded a%5B0%5D=1&a%5B1%5D=x%20y&b%5Bc%5D=`},
		"URL_ENCODED, INDICES":   {post + form("INDICES"), `POST /p application/x-www-form-urlencoded a%5B0%5D=1&a%5B1%5D=x%20y&b%5Bc%5D=`},
		"URL_ENCODED, REPEAT":    {post + form("REPEAT"), `POST /p application/x-www-form-urlencoded a=1&a=x%20y&b%5Bc%5D=`},
		"URL_ENCODED, COMMAS":    {post + form("COMMAS"), `POST /p application/x-www-form-urlencoded a=1%2Cx%20y&b%5Bc%5D=`},
		"URL_ENCODED, BRACKETS":  {post + form("BRACKETS"), `POST /p application/x-www-form-urlencoded a%5B%5D=1&a%5B%5D=x%20y&b%5Bc%5D=`},
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
	_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET", "Headers": {"x-both": "another case", "X-Both": "task",
		"X-Many": ["1", 2], "User-Agent": "mine", "Range": "bytes=1-2", "X-Api-Key": "task", "x-api-key": "another case"}`))
	require.NoError(t, err)
	require.Equal(t, "Range=bytes=0-262144 User-Agent=Amazon|StepFunctions|HttpInvoke|us-east-1 "+
		"X-Api-Key=k,another case X-Both=connection,another case X-Many=1,2", got.Load())
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
		"an empty ConnectionArn":                []byte(`{"Method": "GET", "ApiEndpoint": "` + s.URL + `", "InvocationConfig": {"ConnectionArn": ""}}`),
		"no ConnectionArn":                      []byte(`{"Method": "GET", "ApiEndpoint": "` + s.URL + `", "InvocationConfig": {}}`),
		"Headers":                               get(`, "Headers": 7`),
		"header with a line":                    get(`, "Headers": {"a": "b\r\nc: d"}`),
		"header with a control character":       get(`, "Headers": {"a": "b\u0001"}`),
		"QueryParameters":                       get(`, "QueryParameters": 7`),
		"Transform":                             get(`, "Transform": {"RequestBodyEncoding": "XML"}`),
		"ArrayFormat":                           get(`, "Transform": {"RequestEncodingOptions": {"ArrayFormat": "X"}}`),
		"text body with the connection's body":  get(`, "RequestBody": "x"`),
		"array body with the connection's body": get(`, "RequestBody": [1]`),
	}
	for _, name := range []string{"Authorization", "Host", "Date", "Connection", "Cache-Control", "Expect", "From", "Via", "TE",
		"Trailer", "Upgrade", "Transfer-Encoding", "Content-Encoding", "Content-MD5", "If-Match", "If-None-Match",
		"X-Forwarded-For", "x-amz-date", "X-Amzn-Trace-Id"} {
		cases["header "+name] = get(`, "Headers": {"` + name + `": "x"}`) // package machine refuses it
	}
	for name, input := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, config, invoke, input)
			require.ErrorIs(t, err, &asl.Error{Name: asl.StatesRuntime})
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
			require.Equal(t, fmt.Sprintf(`{"Headers":{"Content-Length":["%d"],"Content-Type":["%s"],"X-Two":["1","2"]},`+
				`"ResponseBody":%s,"StatusCode":201,"StatusText":"Created"}`, len(c.body), c.kind, c.want), got)
		})
	}
}

func TestAnswerWithoutABodyHasNoResponseBody(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		answer http.HandlerFunc
		want   string
	}{
		"204":              {"POST", status(204), `{"Headers":{},"StatusCode":204,"StatusText":"No Content"}`},
		"HEAD":             {"HEAD", status(200), `{"Headers":{},"StatusCode":200,"StatusText":"OK"}`},
		"HEAD of an image": {"HEAD", kind("image/png"), `{"Headers":{"Content-Type":["image/png"]},"StatusCode":200,"StatusText":"OK"}`},
		"empty":            {"POST", status(200), `{"Headers":{"Content-Length":["0"]},"ResponseBody":"","StatusCode":200,"StatusText":"OK"}`},
		"no phrase":        {"HEAD", status(299), `{"Headers":{},"StatusCode":299,"StatusText":""}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, config := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Date"] = nil
				c.answer(w, r)
			})
			config.Connection = fixed(&httptask.Connection{})
			got, err := run(t, config, invoke, parameters(s.URL, `"Method": "`+c.method+`"`))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

// net/http only has the canonical spelling of header names, not the server's own.
func TestHeadersOfTheAnswerAreFoundByTheirNames(t *testing.T) {
	s, config := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["content-type"] = []string{"text/plain"}
		w.Header()["x-bytes"] = []string{"caf\xe9"}
	})
	config.Connection = fixed(&httptask.Connection{})
	in := interpreter.New(interpreter.Config{Resolver: tasks(t, config)})
	defer in.Close()
	p, err := interpreter.Compile([]byte(`{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "`+invoke+`",
		"ResultSelector": {"kind.$": "$.Headers['Content-Type'][0]", "bytes.$": "$.Headers.X-Bytes[0]"}, "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	out, err := interpreter.Run[map[string]string](background, in, p, parameters(s.URL, `"Method": "GET"`))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"kind": "text/plain", "bytes": "caf\uFFFD"}, out)
}

func TestAnswersThatAreErrors(t *testing.T) {
	const unsupported = "Unsupported response content-type '%s'. Please see documentation for list of unsupported content-types."
	for name, c := range map[string]struct {
		answer      http.HandlerFunc
		want, cause string
	}{
		"404":          {status(404), "States.Http.StatusCode.404", "Not Found"},
		"503":          {status(503), "States.Http.StatusCode.503", "Service Unavailable"},
		"304":          {status(304), "States.Http.StatusCode.304", "Not Modified"},
		"418":          {status(418), "States.Http.StatusCode.418", ""},
		"599":          {status(599), "States.Http.StatusCode.599", ""},
		"octet-stream": {kind("application/octet-stream"), asl.StatesRuntime, fmt.Sprintf(unsupported, "application/octet-stream")},
		"image":        {kind("image/png"), asl.StatesRuntime, fmt.Sprintf(unsupported, "image/png")},
		"video":        {kind("video/mp4"), asl.StatesRuntime, fmt.Sprintf(unsupported, "video/mp4")},
		"audio":        {kind("audio/ogg; a=b"), asl.StatesRuntime, fmt.Sprintf(unsupported, "audio/ogg")},
		"too large": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1025)) },
			asl.StatesDataLimitExceeded, "The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit."},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, httptask.StatesHTTPSocket, "unexpected EOF"},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, httptask.StatesHTTPSocket, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s, config := serve(t, c.answer)
			config.Connection, config.MaxBytes = fixed(&httptask.Connection{}), 1024
			_, err := run(t, config, invoke, parameters(s.URL, `"Method": "GET"`))
			var failed *interpreter.ExecutionError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, c.want, failed.Name)
			require.Equal(t, c.cause, failed.Cause)
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
	require.ErrorIs(t, err, &asl.Error{Name: httptask.StatesHTTPSocket})
	require.ErrorContains(t, err, "The request timed out.")
}

func TestCertificateThatNobodySignedIsRefused(t *testing.T) {
	s, config := serve(t, status(200))
	config.Client = nil
	_, err := run(t, config, s.URL, nil)
	require.ErrorIs(t, err, &asl.Error{Name: httptask.StatesHTTPSocket})
	require.ErrorContains(t, err, "certificate")
}

func TestPlainURLIsSentTheInput(t *testing.T) {
	for name, c := range map[string]struct{ input, answer, want, problem string }{
		"object":  {`{"a": 1}`, `{"b": 2.0}`, `{"b":2.0}`, ""},
		"string":  {`"a"`, `"b"`, `"b"`, ""},
		"empty":   {`{}`, ``, `null`, ""},
		"no JSON": {`{}`, `<p>`, ``, "The response is not JSON"},
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
			`, "QueryParameters": {"a": "task", "b": 1}`, "GET /p?b=1&a=connection   "},
		"body": {&httptask.Connection{Body: []httptask.Parameter{{Name: "a", Value: "connection"}}},
			`, "RequestBody": {"a": "task", "b": 1}`, `GET /p application/json; charset=UTF-8 {"a":"connection","b":1} `},
		"body alone": {&httptask.Connection{Body: []httptask.Parameter{{Name: "a", Value: "connection"}}}, "",
			`GET /p application/json; charset=UTF-8 {"a":"connection"} `},
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

// The body parameters of a connection can only be added to an object.
func TestBodyOfAConnectionIsMergedIntoObjectsOnly(t *testing.T) {
	s, config := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") })
	config.Connection = fixed(&httptask.Connection{Body: []httptask.Parameter{{Name: "a", Value: "b"}}})
	for _, body := range []string{`"x"`, `"a=c"`, `[1]`, `7`, `null`, `"x", "Transform": {"RequestBodyEncoding": "URL_ENCODED"}`} {
		_, err := run(t, config, invoke, parameters(s.URL, `"Method": "POST", "RequestBody": `+body))
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesRuntime,
			Cause: "Cannot merge connection body authorization parameters with request body."}, body)
	}
}

// The task's query comes first, without the names that the connection has.
func TestQueryOfAConnectionComesLast(t *testing.T) {
	added := []httptask.Parameter{{Name: "z", Value: "1 2"}, {Name: "a b", Value: "3"}}
	for given, want := range map[string]string{
		``:                                       "z=1%202&a%20b=3",
		`, "QueryParameters": {"y": "a+b"}`:      "y=a%2Bb&z=1%202&a%20b=3",
		`, "QueryParameters": "z=9&Z=8&a+b=7&c"`: "Z=8&c&z=1%202&a%20b=3",
		`, "QueryParameters": {"a b": [1, 2]}`:   "z=1%202&a%20b=3",
	} {
		t.Run(given, func(t *testing.T) {
			var got atomic.Value
			s, config := serve(t, func(_ http.ResponseWriter, r *http.Request) { got.Store(r.URL.RawQuery) })
			config.Connection = fixed(&httptask.Connection{Query: added})
			_, err := run(t, config, invoke, []byte(`{"ApiEndpoint": "`+s.URL+`/?q=0&z=0", "Method": "GET", "Authentication": {"ConnectionArn": "c"}`+given+`}`))
			require.NoError(t, err)
			require.Equal(t, "q=0&"+want, got.Load())
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
			require.ErrorIs(t, err, &asl.Error{Name: httptask.ConnectionNotFound})
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
			require.ErrorIs(t, err, &asl.Error{Name: httptask.ConnectionNotAuthorized})
		})
	}
}
