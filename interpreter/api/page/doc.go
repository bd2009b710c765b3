// Package page is a web page for package api: it shows state machines and executions
// while they run, and can start, stop, redrive and fork them.
//
//	srv, err := api.New(api.Config{...})
//	...
//	mux.Handle("/states/", page.Handler(srv, page.Options{Prefix: "/states"}))
//
// Mount it behind the authentication of the program: the page itself does not know who
// asks. With Options.ReadOnly it changes nothing.
//
// The page is HTML with one style sheet and one small script, all in the binary. Without
// the script it works by reload. With it, an execution is followed by server-sent events:
// GET executions/ID/events, text/event-stream, where the id of a message is that of the
// history event, so that a browser resumes by Last-Event-ID. An execution is found under
// executions/ARN too. Colours of the graph are
// computed by the server in both cases.
//
// # Bounds
//
// Lists are paged. A page of an execution reads its history once, shows at most
// [PageRows] events, and at most 4 KiB of the data of each; a link has the whole event. At
// most [MaxStreams] streams are open at a time. A stream ends with its request's
// context, with the execution, and when a message cannot be written for ten seconds.
//
// # Security
//
// Requests are refused if their Host is not one of the server's (api.Config.Hosts), and
// requests from other sites that are not GET or HEAD. The Content-Security-Policy allows
// scripts, styles and connections of the page itself only. Names and data are escaped.
package page
