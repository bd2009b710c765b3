package command

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// completionScripts make shells ask asl completion -words what may come. If it answers
// nothing, they offer files.
var completionScripts = map[string]string{
	"bash": `# In ~/.bashrc: source <(asl completion bash)
_asl() {
	local IFS=$'\n'
	COMPREPLY=($(asl completion -words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _asl asl
`,
	"zsh": `#compdef asl
# In ~/.zshrc, after compinit: source <(asl completion zsh)
_asl() {
	local -a found
	found=(${(f)"$(asl completion -words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
	if (( $#found )); then
		compadd -- $found
	else
		_files
	fi
}
compdef _asl asl
`,
	"fish": `# asl completion fish >~/.config/fish/completions/asl.fish
function __asl_words
	set -l words (commandline -opc) (commandline -ct | string collect --allow-empty)
	asl completion -words -- $words[2..-1] 2>/dev/null
end
complete -c asl -a '(__asl_words)'
`,
}

func init() { // it refers to the commands
	commands = append(commands, command{"completion", "print the completion script of a shell", completeWords})
}

// completeWords runs asl completion.
func completeWords(args []string, s streams) int {
	f := newFlagSet("completion", "bash|zsh|fish", "source <(asl completion bash)")
	words := f.Bool("words", false, "print what can replace the last of the words after --; the scripts call this")
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	if *words {
		for _, word := range nextWords(f.Args()) {
			fmt.Fprintln(s.out, word)
		}
		return exitOK
	}
	script, ok := completionScripts[f.Arg(0)]
	if !ok || f.NArg() != 1 {
		printMisuse(f, "expected a shell: bash, zsh or fish", s)
		return exitUsage
	}
	fmt.Fprint(s.out, script)
	return exitOK
}

// nextWords returns what may come instead of the last one of the words after asl. It
// returns nothing where a file, or anything, may come.
func nextWords(words []string) (found []string) {
	if len(words) == 0 {
		words = []string{""}
	}
	last, before := words[len(words)-1], words[:len(words)-1]
	add := func(word string) {
		if strings.HasPrefix(word, last) {
			found = append(found, word)
		}
	}
	if len(before) == 0 || len(before) == 1 && before[0] == "help" {
		for _, c := range commands {
			add(c.name)
		}
		if len(before) == 0 {
			add("help")
		}
		return found
	}
	f := flagsOf(before[0])
	if f == nil {
		return nil
	}
	option := before[len(before)-1]
	switch {
	case option == "=" && len(before) > 1: // bash makes three words of -format=json
		option = before[len(before)-2]
	case last == "=":
		option, last = before[len(before)-1], ""
	}
	if given := f.Lookup(strings.TrimLeft(option, "-")); strings.HasPrefix(option, "-") && given != nil && !takesNoValue(given) {
		for _, v := range optionValues(given, before) {
			add(v)
		}
		return found
	}
	switch {
	case strings.HasPrefix(last, "-"):
		dashes := "-"
		if strings.HasPrefix(last, "--") {
			dashes = "--"
		}
		f.VisitAll(func(defined *flag.Flag) { add(dashes + defined.Name) })
	case before[0] == "explain":
		for _, e := range explanations() {
			add(e.code)
		}
	case before[0] == "cover" && len(before) == 1:
		add("merge")
	case before[0] == "completion":
		for _, shell := range []string{"bash", "zsh", "fish"} {
			add(shell)
		}
	}
	return found
}

// flagsOf returns the flags of a command, or nil if it is unknown.
func flagsOf(name string) (flags *flag.FlagSet) {
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	if i >= 0 {
		commands[i].run(nil, streams{inspect: func(f *flag.FlagSet) { flags = f }})
	}
	return flags
}

func takesNoValue(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// optionValues returns the values that an option may have, nothing if it may have others.
func optionValues(f *flag.Flag, words []string) []string {
	if e, ok := f.Value.(interface{ choices() []string }); ok {
		return e.choices()
	}
	if f.Name == "case" {
		if i := slices.Index(words, "-mock"); i >= 0 && i+1 < len(words) {
			text, err := (&files{in: os.Stdin, spent: true}).readData(words[i+1])
			if err != nil {
				return nil
			}
			return mockCases(text)
		}
	}
	return nil
}

// mockCases returns each MACHINE/CASE of the text of a mock file.
func mockCases(text []byte) (cases []string) {
	v, err := value.Parse(text)
	if err != nil {
		return nil
	}
	root, _ := v.(*value.Object)
	machines := memberObject(root, "StateMachines")
	for machine := range machines.All() {
		for testCase := range memberObject(memberObject(machines, machine), "TestCases").All() {
			cases = append(cases, machine+"/"+testCase)
		}
	}
	return cases
}
