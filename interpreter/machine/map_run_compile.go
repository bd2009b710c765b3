package machine

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/gostates/gostates/asl"
)

// distributed is the compiled part of a Map state that only DISTRIBUTED mode has.
type distributed struct {
	child   *Program
	runArn  string // of a Map Run, without its UUID
	reader  *itemReader
	batcher *batcher
	writer  *resultWriter
}

type itemReader struct {
	resource   string
	parameters payload // nil: none
	config     ReaderConfig
	maxItems   integerField
}

type batcher struct {
	input    payload // BatchInput; nil: none
	maxItems integerField
	maxBytes integerField
}

type resultWriter struct {
	resource   string  // "": the results are the result of the state
	parameters payload // nil: none
	config     WriterConfig
}

// flattens reports whether the results without a destination are to be flattened.
func (d *distributed) flattens() bool {
	return d.writer != nil && d.writer.config.Transformation == "FLATTEN"
}

// integerField is a field that holds an integer or an expression, or that has a
// variant with a path.
type integerField struct {
	name  string
	value int64 // 0: absent
	path  field
	expr  *expression
}

func (c *compiler) compileIntegerField(n asl.Node, name, within string, o asl.Opt[asl.Integer], path asl.Opt[asl.Path]) integerField {
	return integerField{name: name, value: o.Value.Value, path: compileNumberPath(path), expr: c.compileInteger(n, o, within+name)}
}

// evalIntegerField returns the value of a field; 0 if it is absent.
func (s *step) evalIntegerField(slot int32, f *integerField, input any) (int64, *failure) {
	switch {
	case f.expr != nil:
		return s.viewOf(slot, input).evalInteger(f.expr)
	case f.path.path != nil:
		v, failed := s.selectPath(slot, &f.path, input)
		if failed != nil {
			return 0, failed
		}
		n, ok := parseLong(v)
		if !ok {
			return 0, s.notInteger(slot, f.name+"Path", v, &f.path)
		}
		return n, nil
	}
	return f.value, nil
}

// isSet reports whether the definition has the field.
func (f *integerField) isSet() bool { return f.expr != nil || f.path.path != nil || f.value != 0 }

// prepareBatches evaluates the limits of batches (docs/evidence.md#map-run-batches).
func (s *step) prepareBatches(slot int32, b *batcher, run *mapRun) *failure {
	run.batchLimit = s.p.limits.PayloadBytes
	for _, f := range []*integerField{&b.maxItems, &b.maxBytes} {
		if !f.isSet() {
			continue
		}
		n, failed := s.evalIntegerField(slot, f, run.input)
		if failed != nil {
			return failed
		}
		if n <= 0 {
			return s.runtimeFailure(&s.x.scopes[slot], "%s must be positive.", f.name)
		}
		if f == &b.maxItems {
			run.perBatch = n
		} else {
			run.batchLimit = int(min(n, int64(run.batchLimit)))
		}
	}
	return nil
}

// compileDistributed compiles the part of a Map state in DISTRIBUTED mode that others
// do not have.
func (c *compiler) compileDistributed(source *asl.MapState, st *state) *distributed {
	n := source.Node
	label := source.Label.Value
	if label == "" {
		label = formatUUID(nameUUID(c.p.options.StateMachineArn, source.Name))
	}
	arn := c.p.options.StateMachineArn + "/" + label
	d := &distributed{runArn: strings.Replace(arn, ":stateMachine:", ":mapRun:", 1) + ":"}
	if r := source.ItemReader; r != nil {
		d.reader = &itemReader{
			resource:   r.Resource.Value,
			parameters: c.compilePayload(st, n, r.Parameters, r.Arguments, "ItemReader/Arguments"),
			maxItems:   integerField{name: "MaxItems"},
		}
		if config := r.ReaderConfig; config != nil {
			d.reader.config = ReaderConfig{
				InputType:         config.InputType.Value,
				Transformation:    config.Transformation.Value,
				ManifestType:      config.ManifestType.Value,
				CSVDelimiter:      config.CSVDelimiter.Value,
				CSVHeaderLocation: config.CSVHeaderLocation.Value,
				CSVHeaders:        config.CSVHeaders,
				ItemsPointer:      config.ItemsPointer.Value,
			}
			d.reader.maxItems = c.compileIntegerField(n, "MaxItems", "ItemReader/ReaderConfig/", config.MaxItems, config.MaxItemsPath)
		}
	}
	if b := source.ItemBatcher; b != nil {
		const within = "ItemBatcher/"
		d.batcher = &batcher{
			input:    c.compilePayload(st, n, b.BatchInput, b.BatchInput, within+"BatchInput"),
			maxItems: c.compileIntegerField(n, "MaxItemsPerBatch", within, b.MaxItemsPerBatch, b.MaxItemsPerBatchPath),
			maxBytes: c.compileIntegerField(n, "MaxInputBytesPerBatch", within, b.MaxInputBytesPerBatch, b.MaxInputBytesPerBatchPath),
		}
	}
	if w := source.ResultWriter; w != nil {
		d.writer = &resultWriter{
			resource:   w.Resource.Value,
			parameters: c.compilePayload(st, n, w.Parameters, w.Arguments, "ResultWriter/Arguments"),
		}
		if config := w.WriterConfig; config != nil {
			d.writer.config = WriterConfig{Transformation: config.Transformation.Value, OutputType: config.OutputType.Value}
		} else {
			d.writer.config = WriterConfig{Transformation: "NONE", OutputType: "JSON"}
		}
	}
	d.child = c.compileChild(source, arn)
	return d
}

// compileChild compiles the program of a Map state's child executions.
func (c *compiler) compileChild(source *asl.MapState, arn string) *Program {
	p := source.Processor()
	o := c.p.options
	o.StateMachineArn, o.Limits = arn, c.p.limits
	o.Express = p.ProcessorConfig.ExecutionType.Value == "EXPRESS"
	if o.Express { // AWS's limits of a STANDARD machine are not those of the child
		resetLimit(&o.Limits.Duration, standardDuration)
		resetLimit(&o.Limits.HistoryEvents, awsLimits.HistoryEvents)
	}
	m := &asl.StateMachine{Node: p.Node, StartAt: p.StartAt, States: p.States, Language: c.p.machine.Language}
	child, errs := compileMachine(m, o, func(*Program) string {
		sum := sha256.Sum256([]byte("child\n" + c.p.origin.digest + "\n" + source.Name))
		return hex.EncodeToString(sum[:16])
	})
	child.parent, child.state = c.p, source.Name
	c.errors = append(c.errors, errs...)
	c.p.children = append(c.p.children, child)
	return child
}

// resetLimit makes a limit the default again, if it has this value.
func resetLimit[T comparable](limit *T, of T) {
	if *limit == of {
		*limit = *new(T)
	}
}

// childID returns the ARN of a child.
func (d *distributed) childID(run [16]byte, index int64) string {
	name := childName(run, index)
	if d.child.options.Express {
		name += ":" + formatUUID(nameUUID(name, "express"))
	}
	return d.child.arn + name
}

// IsMapRunChild reports whether an execution, by its name or ARN, is the child of a Map
// Run with an index, counted from 0.
func IsMapRunChild(mapRunArn, execution string, index int64) bool {
	text := strings.ReplaceAll(mapRunArn[strings.LastIndexByte(mapRunArn, ':')+1:], "-", "")
	run, err := hex.DecodeString(text)
	return err == nil && len(run) == 16 && strings.Contains(execution, childName([16]byte(run), index))
}

func childName(run [16]byte, index int64) string {
	return formatUUID(nameUUID(string(run[:]), string(binary.BigEndian.AppendUint64(nil, uint64(index)))))
}

// nameUUID returns the UUID of version 3, as those of AWS, of a name in a name space.
func nameUUID(space, name string) (u [16]byte) {
	u = md5.Sum([]byte(space + "\x00" + name))
	u[6] = u[6]&0x0f | 0x30
	u[8] = u[8]&0x3f | 0x80
	return u
}

// randomUUID returns a UUID of version 4 from the execution's generator.
func (s *step) randomUUID() (u [16]byte) {
	binary.BigEndian.PutUint64(u[:8], s.Uint64())
	binary.BigEndian.PutUint64(u[8:], s.Uint64())
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

func formatUUID(u [16]byte) string {
	var b [36]byte
	hex.Encode(b[:8], u[:4])
	b[8] = '-'
	hex.Encode(b[9:13], u[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], u[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], u[8:10])
	b[23] = '-'
	hex.Encode(b[24:], u[10:])
	return string(b[:])
}
