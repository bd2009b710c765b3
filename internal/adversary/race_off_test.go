//go:build !race

package adversary

const raceDetector = false
