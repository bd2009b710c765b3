//go:build !linux && !darwin

package command

import "os"

// terminalWidth returns 0: the columns of a terminal are not known.
func terminalWidth(*os.File) int { return 0 }
