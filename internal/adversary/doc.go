// Package adversary tests that hostile definitions, handlers and other hooks
// cannot harm the host. Files host_*.go test hooks. Files definition*.go test
// definitions, whose memory is measured in a process of its own.
package adversary
