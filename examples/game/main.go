// Command game tells three services at a time that a player has completed a
// level. Each may fail in its own way; the level is completed all the same.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

//go:embed game.asl.json
var definition []byte

// Level is what the player has completed.
type Level struct {
	Player string `json:"player"`
	Number int    `json:"number"`
}

// services are the three that are told.
type services struct {
	conflicts atomic.Int32
}

// score fails once, and is retried.
func (s *services) score(_ context.Context, l Level) (string, error) {
	if s.conflicts.Add(1) == 1 {
		return "", asl.Errorf("Conflict", "somebody else writes the score of %s", l.Player)
	}
	return fmt.Sprintf("score: %d", 100*l.Number), nil
}

// reward has nothing for the first levels.
func (s *services) reward(_ context.Context, l Level) (string, error) {
	if l.Number < 10 {
		return "", asl.Errorf("NoReward", "level %d is too low", l.Number)
	}
	return "reward: a sword", nil
}

// friends never answers: its timeout ends it.
func (s *services) friends(ctx context.Context, _ Level) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func complete(ctx context.Context, out io.Writer, l Level) error {
	program, err := interpreter.Compile(definition, interpreter.Options{})
	if err != nil {
		return err
	}
	s := &services{}
	in := interpreter.New(interpreter.Config{
		Resolver: interpreter.Mux{
			"score":   interpreter.Func(s.score),
			"reward":  interpreter.Func(s.reward),
			"friends": interpreter.Func(s.friends),
		},
	})
	defer in.Close()
	answers, err := interpreter.Run[[]string](ctx, in, program, l)
	if err != nil {
		return err
	}
	for _, a := range answers {
		fmt.Fprintln(out, a)
	}
	return nil
}

func main() {
	if err := complete(context.Background(), os.Stdout, Level{"Ada", 7}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
