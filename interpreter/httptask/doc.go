// Package httptask runs tasks over HTTP: arn:aws:states:::http:invoke with AWS's
// parameters, and the plain form, a Resource that is an https:// URL, which is
// sent the task's input by POST and answers with JSON.
//
//	tasks, err := httptask.New(httptask.Config{
//		Allow: func(u *url.URL) bool { return u.Hostname() == "api.example.com" },
//	})
//	in := interpreter.New(interpreter.Config{Resolver: interpreter.Resolvers{functions, tasks}})
//
// # Allowed URLs and addresses
//
// Only URLs that Config.Allow allows are called: by default none. Whatever it allows,
// a connection goes to public addresses only, unless Config.AllowAddress says
// otherwise: the name is resolved first, each of its addresses is checked, and the
// connection is made to an address that was checked, so that a name which changes its
// answer gains nothing. Redirects are checked in the same way. Users, passwords and
// ports other than 443 in a URL are refused. A refusal is the error States.Permissions.
//
// # Requests and answers of http:invoke
//
// They are AWS's: queries and forms are percent-encoded, the values of a connection
// replace the task's, and the result has the members Headers, ResponseBody, StatusCode
// and StatusText. The names of Headers are in Go's canonical form, such as
// X-Request-Id, where AWS keeps the server's spelling. ResponseBody is absent for 204
// and HEAD.
//
// # Errors
//
// An answer other than 2xx is States.Http.StatusCode.404 with the usual phrase of the
// status as its cause. The status decides: a body that is slow or does not end makes no
// difference. No answer, one that does not come in time, or that is cut off, is
// States.Http.Socket. An authorization endpoint that gives no access token is
// Events.ConnectionResource.NotAuthorized; the next task asks it again. Wrong parameters
// are States.Runtime, which nothing catches, and so is an answer that is not text.
package httptask
