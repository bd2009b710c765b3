package asltest

import (
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mock"
)

// Option is an option of [Run] and [Replay]. Scripts are options.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

// config holds the options of one run.
type config struct {
	scripts     []*Script
	seed        uint64 // 0: the order in which events were caused
	start       time.Time
	name        string
	allowUnused bool
	tasks       *mock.Tasks
	faults      faults
	files       []file
	formats     map[string]itemreader.Format
	source      source
	before      *Program // of ReplayFolder
	moments     []moment
	resolvers   interpreter.Resolvers
	problems    []string // mistakes in options
}

// source answers tasks instead of scripts.
type source interface {
	beginCall(c *machine.Command, now int64) (*call, error)
}

// Options combines several options into one.
func Options(all ...Option) Option {
	return option(func(c *config) {
		for _, o := range all {
			if o != nil {
				o.apply(c)
			}
		}
	})
}

// Name sets the execution's name. The default is "test", for [Replay] "replay".
func Name(name string) Option { return option(func(c *config) { c.name = name }) }

// AllowUnused accepts scripts and answers that no task used, and faults that never
// struck.
func AllowUnused() Option { return option(func(c *config) { c.allowUnused = true }) }
