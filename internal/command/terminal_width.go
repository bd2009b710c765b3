//go:build linux || darwin

package command

import (
	"os"
	"syscall"
	"unsafe"
)

// terminalWidth returns the columns of a terminal, or 0 if f is none.
func terminalWidth(f *os.File) int {
	var size struct{ rows, columns, x, y uint16 }
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	if failed != 0 {
		return 0
	}
	return int(size.columns)
}
