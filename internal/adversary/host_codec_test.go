package adversary

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// hostileCodec goes wrong with contents of the victim.
type hostileCodec struct {
	mu      sync.Mutex
	victim  store.ID
	encodes func() ([]byte, error) // instead of Encode; nil: it works
	decodes func() ([]byte, error)
}

func (h *hostileCodec) goWrong(victim store.ID, encodes, decodes func() ([]byte, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.victim, h.encodes, h.decodes = victim, encodes, decodes
}

func (h *hostileCodec) wrong(c store.Content) (encodes, decodes func() ([]byte, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.ID != h.victim {
		return nil, nil
	}
	return h.encodes, h.decodes
}

func (h *hostileCodec) Encode(c store.Content, plain []byte) ([]byte, error) {
	if wrong, _ := h.wrong(c); wrong != nil {
		return wrong()
	}
	return append([]byte("ours"), plain...), nil
}

func (h *hostileCodec) Decode(c store.Content, stored []byte) ([]byte, error) {
	if _, wrong := h.wrong(c); wrong != nil {
		return wrong()
	}
	return bytes.TrimPrefix(stored, []byte("ours")), nil
}

// A codec that goes wrong with an execution parks it, and harms no other. The execution
// goes on when the codec is repaired.
func TestACodecThatGoesWrong(t *testing.T) {
	for name, wrong := range map[string]func(in *interpreter.Interpreter) ([]byte, error){
		"fails":           func(*interpreter.Interpreter) ([]byte, error) { return nil, errBroken },
		"panics":          func(*interpreter.Interpreter) ([]byte, error) { boom(); return nil, nil },
		"panics oddly":    func(*interpreter.Interpreter) ([]byte, error) { panic(hostileValue{boom}) },
		"calls Goexit":    func(*interpreter.Interpreter) ([]byte, error) { runtime.Goexit(); return nil, nil },
		"returns rubbish": func(*interpreter.Interpreter) ([]byte, error) { return []byte("rubbish"), nil },
		"returns nil":     func(*interpreter.Interpreter) ([]byte, error) { return nil, nil },
		"calls back": func(in *interpreter.Interpreter) ([]byte, error) {
			_ = in.Shutdown(background)
			_, err := in.List(background, store.Query{})
			return nil, err
		},
	} {
		for _, decodes := range []bool{false, true} {
			doing := "as it encodes"
			if decodes {
				doing = "as it decodes"
			}
			if !decodes && name == "returns rubbish" { // it is stored, and damaged for ever
				continue
			}
			t.Run(name+" "+doing, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					codec, kept := new(hostileCodec), memory.New()
					tokens := make(chan string, 4)
					config := interpreter.Config{Store: kept, Codec: codec, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(
						func(_ context.Context, task *interpreter.Task) (any, error) {
							tokens <- task.Token()
							return nil, nil
						})}}
					in := interpreter.New(config)
					p := compile(t, `{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
						"Parameters":{"QueueUrl":"q","MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}`)
					start := func() (*interpreter.Execution, string) {
						e, err := in.Start(background, p, nil, interpreter.StartOptions{})
						require.NoError(t, err)
						return e, <-tokens
					}
					victim, token := start()
					time.Sleep(time.Minute)
					goWrong := func() ([]byte, error) { return wrong(in) }
					if decodes {
						codec.goWrong(victim.ID(), nil, goWrong)
					} else {
						codec.goWrong(victim.ID(), goWrong, nil)
					}
					require.Error(t, in.SendTaskSuccess(background, token, 1))
					_, err := in.Describe(background, victim.ID())
					require.NoError(t, err)
					other, token2 := start()
					require.NoError(t, in.SendTaskSuccess(background, token2, 2))
					require.NoError(t, other.Wait(background))
					time.Sleep(time.Second)
					d, err := in.Describe(background, victim.ID())
					require.NoError(t, err)
					require.NotEmpty(t, d.Parked)
					codec.goWrong(store.ID{}, nil, nil)
					time.Sleep(15 * time.Minute) // the longest time until a parked execution is tried again
					require.NoError(t, in.SendTaskSuccess(background, token, 1))
					e, err := in.Execution(background, victim.ID())
					require.NoError(t, err)
					require.NoError(t, e.Wait(background))
					require.NoError(t, in.Close())
				})
			})
		}
	}
}

// A codec that blocks holds up executions as a store that blocks does, but not Close.
func TestACodecThatBlocks(t *testing.T) {
	for _, decodes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			codec, released := new(hostileCodec), make(chan struct{})
			in := interpreter.New(interpreter.Config{Store: memory.New(), Codec: codec})
			p := compile(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}`)
			victim, err := in.Start(background, p, nil, interpreter.StartOptions{})
			require.NoError(t, err)
			blocks := func() ([]byte, error) { <-released; return nil, errBroken }
			if decodes {
				codec.goWrong(victim.ID(), nil, blocks)
			} else {
				codec.goWrong(victim.ID(), blocks, nil)
			}
			time.Sleep(2 * time.Minute)
			require.Equal(t, interpreter.Running, victim.Status())
			ended := make(chan error)
			go func() { ended <- victim.Wait(background) }()
			synctest.Wait()
			require.NoError(t, in.Close())
			require.ErrorIs(t, <-ended, interpreter.ErrClosed)
			close(released)
		})
	}
}
