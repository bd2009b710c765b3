//go:build race

package graph

import "testing"

// oneGoroutine skips a long test in which one goroutine works: the race detector would
// find nothing in it, and make it ten times as long. CI runs it without.
func oneGoroutine(t *testing.T) {
	t.Helper()
	t.Skip("one goroutine works, ten times slower under the race detector")
}
