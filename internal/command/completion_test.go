package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNextWords(t *testing.T) {
	writeFiles(t, map[string]string{"mocks.json": mocks, "no.json": "{"})
	for words, want := range map[string]string{
		"":                               "validate explain",
		"ex":                             "explain",
		"help te":                        "teststate",
		"run -see":                       "-seed",
		"run --see":                      "--seed",
		"run -m":                         "-mock",
		"validate -format ":              "text json sarif github",
		"validate -format j":             "json",
		"validate -format = s":           "sarif",
		"validate -format =":             "text json sarif github",
		"validate -resources ":           "AWS",
		"validate -strict -ty":           "-type",
		"validate -strict ":              "",
		"run -input ":                    "",
		"run ":                           "",
		"run -mock mocks.json -case ":    "M/Happy M/Sad M/Empty",
		"run -mock mocks.json -case M/S": "M/Sad",
		"run -mock no.json -case ":       "",
		"run -mock nowhere -case ":       "",
		"run -mock - -case ":             "",
		"run -case ":                     "",
		"explain NO_":                    "NO_DOLLAR NO_PATH",
		"explain NO_PATH NO_D":           "NO_DOLLAR",
		"completion ":                    "bash zsh fish",
		"dance -":                        "",
	} {
		code, out, err := invokeHere("", append([]string{"completion", "-words", "--"}, strings.Split(words, " ")...)...)
		require.Zero(t, code, err)
		got := strings.Fields(out)
		for _, word := range strings.Fields(want) {
			require.Contains(t, got, word, words)
		}
		if words != "" {
			require.Len(t, got, len(strings.Fields(want)), "%s: %v", words, got)
		}
	}
	_, out, _ := invokeHere("", "completion", "-words")
	require.Len(t, strings.Fields(out), len(commands)+1)
}

// All commands tell their options, and do nothing else.
func TestCommandsTellTheirOptions(t *testing.T) {
	for _, c := range commands {
		require.NotNil(t, flagsOf(c.name), c.name)
	}
	require.Nil(t, flagsOf("dance"))
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, err := invokeHere("", "completion", shell)
		require.Zero(t, code, err)
		require.Contains(t, out, "asl completion -words -- ")
	}
	for _, args := range [][]string{{}, {"csh"}, {"bash", "zsh"}} {
		code, out, err := invokeHere("", append([]string{"completion"}, args...)...)
		require.Equal(t, exitUsage, code)
		require.Empty(t, out)
		require.Contains(t, err, "expected a shell: bash, zsh or fish")
	}
}

// The script works in bash: the function that it defines finds words.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	program, err := os.Executable()
	require.NoError(t, err)
	writeFiles(t, map[string]string{"bin/asl": "#!/bin/sh\n" + runAsCommand + "=1 exec '" + program + "' \"$@\"\n", "asl.bash": completionScripts["bash"]})
	require.NoError(t, os.Chmod("bin/asl", 0o700))
	folder, err := filepath.Abs("bin")
	require.NoError(t, err)
	command := exec.Command(bash, "--norc", "-c", `source asl.bash
		COMP_WORDS=(asl validate -format j); COMP_CWORD=3; _asl; echo "${COMPREPLY[@]}"
		COMP_WORDS=(asl val); COMP_CWORD=1; _asl; echo "${COMPREPLY[@]}"
		COMP_WORDS=(asl run ""); COMP_CWORD=2; _asl; echo "${#COMPREPLY[@]}"
		complete -p asl`)
	command.Env = append(os.Environ(), "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "json\nvalidate\n0\ncomplete -o default -F _asl asl\n", string(out))
}
