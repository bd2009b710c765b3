//go:build unix

package main

import (
	"runtime"
	"syscall"
	"time"
)

// usage returns the processor time and the peak memory of this process.
func usage() (cpu time.Duration, peak int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0
	}
	peak = int64(u.Maxrss) << 10
	if runtime.GOOS == "darwin" { // bytes there
		peak = int64(u.Maxrss)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), peak
}
