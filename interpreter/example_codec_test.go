package interpreter_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// aesCodec encrypts with AES-GCM. In front of what it encrypts is the number of the key,
// so that contents can be read after another key has become the current one.
type aesCodec struct {
	keys    map[byte][]byte // of 32 random bytes; one is removed when nothing needs it
	current byte
}

// aead returns the cipher of an execution or a definition. Each has a key of its own,
// because only 2^32 messages may be encrypted with random nonces and the same key.
func (a aesCodec) aead(number byte, c store.Content) (cipher.AEAD, error) {
	key, known := a.keys[number]
	if !known {
		return nil, fmt.Errorf("%w: %d", store.ErrNoKey, number)
	}
	own, err := hkdf.Key(sha256.New, key, nil, c.ID.String()+c.Digest, len(key))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (a aesCodec) Encode(c store.Content, plain []byte) ([]byte, error) {
	aead, err := a.aead(a.current, c)
	if err != nil {
		return nil, err
	}
	return aead.Seal([]byte{a.current}, nil, plain, c.AssociatedData()), nil
}

func (a aesCodec) Decode(c store.Content, stored []byte) ([]byte, error) {
	if len(stored) == 0 {
		return nil, fmt.Errorf("it is empty")
	}
	aead, err := a.aead(stored[0], c)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, nil, stored[1:], c.AssociatedData())
}

// A Codec encrypts what is stored. Keys can be replaced: what was encrypted with an
// earlier one is still read.
func ExampleConfig_codec() {
	codec := aesCodec{keys: map[byte][]byte{1: bytes.Repeat([]byte("0123"), 8)}, current: 1}
	kept := memory.New()
	program := mustCompile("Rest", `"Rest": {"Type": "Wait", "Seconds": 86400, "End": true}`)
	ctx := context.Background()

	in := interpreter.New(interpreter.Config{Store: kept, Codec: codec})
	e, err := in.Start(ctx, program, []byte(`{"card": "4242"}`), interpreter.StartOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := in.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	st, _ := kept.Load(ctx, e.ID())
	fmt.Println("in the store:", bytes.Contains(st.Snapshot, []byte("4242")))

	codec.keys[2], codec.current = bytes.Repeat([]byte("4567"), 8), 2
	in = interpreter.New(interpreter.Config{Store: kept, Codec: codec})
	defer in.Close()
	d, err := in.Describe(ctx, e.ID())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Status, d.Input)
	// Output:
	// in the store: false
	// RUNNING {"card":"4242"}
}
