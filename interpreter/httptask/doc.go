// Package httptask runs tasks that make HTTP requests. It handles the resource
// arn:aws:states:::http:invoke with AWS's parameters, and Resources that are
// https:// URLs. A URL receives the task's input by POST and must respond with
// JSON.
//
//	tasks, err := httptask.New(httptask.Config{
//		Allow: func(u *url.URL) bool { return u.Hostname() == "api.example.com" },
//	})
//	in := interpreter.New(interpreter.Config{Resolver: interpreter.Resolvers{functions, tasks}})
//
// # Allowed URLs and addresses
//
// A request needs two permissions. Config.Allow must allow the URL: by default it
// allows none. Config.AllowAddress must allow the address: by default it allows
// public addresses. The name is resolved once, all of its addresses are checked,
// and the connection is made to a checked address, so a name cannot change between
// check and use. Redirects are checked in the same way. URLs with a user
// or a password are refused. Config.Ports and Config.PlainHTTP allow ports other
// than 443 and http:// URLs. A refused request fails with States.Permissions, and
// the cause names the field of Config to look at.
//
// A server of package httptest needs all of them (see the example of New):
//
//	httptask.Config{
//		Allow:        func(u *url.URL) bool { return u.Host == server.Listener.Addr().String() },
//		AllowAddress: netip.Addr.IsLoopback,
//		PlainHTTP:    true,
//		Ports:        []int{server.Listener.Addr().(*net.TCPAddr).Port},
//	}
//
// # Requests and results of http:invoke
//
// They follow AWS. Queries and forms are percent-encoded. The parameters of a
// connection replace the task's. The result has the members Headers, ResponseBody,
// StatusCode and StatusText. Names in Headers have Go's canonical form, such as
// X-Request-Id; AWS keeps the server's spelling. ResponseBody is absent for status
// 204 and for HEAD requests.
//
// # Errors
//
// A status other than 2xx fails the task with States.Http.StatusCode.404, for
// instance, and the usual phrase of the status as the cause. The body of such a
// response is not waited for. A request without a complete response in time fails
// with States.Http.Socket. If the authorization endpoint returns no access token,
// the error is Events.ConnectionResource.NotAuthorized, and the next task asks
// again. Invalid parameters, and responses that are not textual, fail with
// States.Runtime, which cannot be caught.
package httptask
