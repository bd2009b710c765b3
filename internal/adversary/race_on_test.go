//go:build race

package adversary

// The race detector multiplies the time, and finds nothing where only one
// goroutine works.
const raceDetector = true
