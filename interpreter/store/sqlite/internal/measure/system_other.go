//go:build !linux

package main

import (
	"os"
	"time"
)

func syncData(f *os.File) error { return f.Sync() }

func processorTime() time.Duration { return 0 }
