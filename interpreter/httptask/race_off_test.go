//go:build !race

package httptask_test

const raceDetector = false
