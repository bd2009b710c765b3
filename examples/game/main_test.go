package main

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// One service hangs until its timeout. In a synctest bubble time goes on when
// all goroutines wait, with the interpreter's own system clock.
func TestComplete(t *testing.T) {
	for level, want := range map[int]string{
		7:  "score: 700\nreward: none\nfriends: asleep\n",
		12: "score: 1200\nreward: a sword\nfriends: asleep\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, complete(context.Background(), &out, Level{"Ada", level}))
			require.Equal(t, want, out.String())
		})
	}
}
