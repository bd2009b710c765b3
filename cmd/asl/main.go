package main

import (
	"os"

	"github.com/gostates/gostates/internal/command"
)

func main() { os.Exit(command.Main()) }
