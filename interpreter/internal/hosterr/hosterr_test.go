package hosterr_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/hosterr"
)

var errTarget = errors.New("target")

// selfWrapping wraps itself, so that its tree has no end.
type selfWrapping struct{}

func (e selfWrapping) Error() string { return "loop" }
func (e selfWrapping) Unwrap() error { return e }

type isTarget struct{ error }

func (isTarget) Is(err error) bool { return err == errTarget } //nolint:errorlint // an Is method

type asNamed struct{ error }

func (asNamed) As(dst any) bool {
	*dst.(**asl.Error) = &asl.Error{Name: "FromAs"}
	return true
}

type namesItself struct{ name string }

func (e *namesItself) Error() string     { return "cause" }
func (e *namesItself) ErrorName() string { return e.name }

type nilPanics struct{ text string }

func (e *nilPanics) Error() string { return e.text }

type panics struct{}

func (panics) Error() string { panic("no") }

func TestInspectFindsTheTargetOrTheFirstNamedError(t *testing.T) {
	first, second := &asl.Error{Name: "First"}, &asl.Error{Name: "Second"}
	var none *asl.Error
	for name, c := range map[string]struct {
		err      error
		isTarget bool
		named    string
	}{
		"nil":                      {nil, false, ""},
		"plain":                    {errors.New("x"), false, ""},
		"target":                   {errTarget, true, ""},
		"wrapped target":           {fmt.Errorf("x: %w", errTarget), true, ""},
		"target by Is":             {isTarget{errors.New("x")}, true, ""},
		"named, then target":       {errors.Join(first, errTarget), true, ""},
		"named":                    {first, false, "First"},
		"first of two named":       {errors.Join(first, second), false, "First"},
		"named by As":              {asNamed{errors.New("x")}, false, "FromAs"},
		"names itself":             {fmt.Errorf("x: %w", &namesItself{"Own"}), false, "Own"},
		"names itself first":       {errors.Join(&namesItself{"Own"}, first), false, "Own"},
		"names itself second":      {errors.Join(first, &namesItself{"Own"}), false, "First"},
		"without a name":           {errors.Join(&namesItself{}, second), false, "Second"},
		"nil that names itself":    {(*namesItself)(nil), false, ""},
		"nil named error":          {none, false, ""},
		"wraps itself":             {selfWrapping{}, false, ""},
		"named in front of a loop": {errors.Join(second, selfWrapping{}), false, "Second"},
	} {
		t.Run(name, func(t *testing.T) {
			is, named := hosterr.Inspect(c.err, errTarget)
			require.Equal(t, c.isTarget, is)
			if c.named == "" {
				require.Nil(t, named)
			} else {
				require.Equal(t, c.named, named.Name)
			}
		})
	}
}

func TestMessageOfAnErrorWhoseMethodPanics(t *testing.T) {
	var none *nilPanics
	require.Equal(t, "x", hosterr.Message(errors.New("x")))
	require.Equal(t, "a nil *hosterr_test.nilPanics as an error", hosterr.Message(none))
	require.Equal(t, "hosterr_test.panics, whose Error method panicked: no", hosterr.Message(panics{}))
}
