// Package adversary holds the tests that nothing a definition, a handler or
// another hook of the host does hurts the host: files host_*.go have the hooks.
package adversary
