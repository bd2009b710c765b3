// Package httptask runs tasks over HTTP: arn:aws:states:::http:invoke with AWS's
// parameters, and the plain form, a Resource that is an https:// URL, which is
// sent the task's input by POST and answers with JSON.
//
//	tasks, err := httptask.New(httptask.Config{
//		Allow: func(u *url.URL) bool { return u.Hostname() == "api.example.com" },
//	})
//	in := interpreter.New(interpreter.Config{Resolver: interpreter.Resolvers{functions, tasks}})
//
// # What is reached
//
// Nothing that Config.Allow does not allow, by default nothing at all. Whatever it
// allows, a connection goes to public addresses only, unless Config.AllowAddress
// says otherwise: the name is resolved first, each of its addresses is looked at,
// and the connection is made to an address that was looked at, so that a name which
// changes its answer gains nothing. Redirects are looked at in the same way. Users,
// passwords and ports other than 443 in a URL are refused. A refusal is the error
// States.Permissions.
//
// # Errors
//
// An answer other than 2xx is States.Http.StatusCode.404 with the text of the
// status as its cause. No answer, one that does not come in time, or that is cut
// off, is States.Http.Socket: of the timeout AWS's documentation says so, of the
// others nothing is known. What is wrong with the parameters is States.Runtime,
// which nothing catches; so is an answer that is no text.
package httptask
