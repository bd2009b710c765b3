package postgres_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/postgres"
)

// testCodec encrypts with a key of the tests.
type testCodec struct{ aead cipher.AEAD }

func newTestCodec(t *testing.T) testCodec {
	block, err := aes.NewCipher(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	aead, err := cipher.NewGCMWithRandomNonce(block)
	require.NoError(t, err)
	return testCodec{aead}
}

func (c testCodec) Encode(place store.Content, plain []byte) ([]byte, error) {
	return c.aead.Seal(nil, nil, plain, place.AssociatedData()), nil
}

func (c testCodec) Decode(place store.Content, stored []byte) ([]byte, error) {
	return c.aead.Open(nil, nil, stored, place.AssociatedData())
}

// secretMachine has the secret in its definition, in variables and in errors.
const secretMachine = `{"Comment":"hunter2","StartAt":"Work","States":{
	"Work":{"Type":"Task","Resource":"work","ResultPath":"$.result","Assign":{"v.$":"$$.Execution.Input.password"},"Next":"Rest"},
	"Rest":{"Type":"Wait","Seconds":86400,"End":true}}}`

// With a codec, no file of the server has data of executions. Without one it is found.
func TestFilesHoldNoDataWithACodec(t *testing.T) {
	for _, encoded := range []bool{false, true} {
		t.Run(fmt.Sprint("encoded: ", encoded), func(t *testing.T) {
			server := newServer(t)
			s := openStore(t, server.openPool(t), postgres.Options{})
			config := interpreter.Config{Store: s, Resolver: interpreter.Mux{"work": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
				return "hunter2", nil
			})}}
			if encoded {
				config.Codec = newTestCodec(t)
			}
			p, err := interpreter.Compile([]byte(secretMachine), interpreter.Options{})
			require.NoError(t, err)
			in := interpreter.New(config)
			ctx := context.Background()
			for range 20 {
				_, err := in.Start(ctx, p, []byte(`{"password":"hunter2"}`), interpreter.StartOptions{})
				require.NoError(t, err)
			}
			require.NoError(t, in.Shutdown(ctx))
			require.NoError(t, server.stop()) // nothing changes the files any longer
			require.Equal(t, !encoded, filesHold(t, server.folder, "hunter2"))
		})
	}
}

// filesHold reports whether a file below a folder has a string.
func filesHold(t *testing.T, dir, s string) (found bool) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || bytes.Contains(data, []byte(s))
		return err
	}))
	return found
}
