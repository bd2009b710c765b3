// Package adversary holds the tests that nothing a definition, a handler or
// another hook of the host does hurts the host. Files host_*.go have the hooks,
// definition*.go the definitions: their memory is measured in a process of its own.
package adversary
