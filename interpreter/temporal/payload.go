package temporal

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/gostates/gostates/value"
)

// Data of executions passes as payloads that package value writes and reads, since
// encoding/json keeps neither the order of members nor the spelling of numbers. They
// are json/plain: the UI and every SDK can read them.

// Keys of the metadata of payloads.
const (
	encodingKey  = "encoding"
	kindKey      = "asl-kind"      // of an activity's result: see kindSubmitted
	workerKey    = "asl-worker"    // of an activity's result: the name of the worker
	receiptKey   = "asl-receipt"   // of the result of WriteResultsType: JSON, see written
	submittedKey = "asl-submitted" // of an activity's result: JSON, what Task.Submitted got
)

func payloadOf(v any) *commonpb.Payload {
	text, ok := value.Verbatim(v)
	if !ok {
		text = value.String(v)
	}
	return textPayload(text)
}

func textPayload(text string) *commonpb.Payload {
	return &commonpb.Payload{
		Metadata: map[string][]byte{encodingKey: []byte(converter.MetadataEncodingJSON)},
		Data:     []byte(text),
	}
}

func rawValue(v any) converter.RawValue { return converter.NewRawValue(payloadOf(v)) }

// parsePayload reads the JSON of a payload. A payload without data, as other SDKs write
// null, is null.
func parsePayload(p *commonpb.Payload) (any, error) {
	switch encoding := string(p.GetMetadata()[encodingKey]); encoding {
	case converter.MetadataEncodingJSON:
		return value.ParseVerbatim(p.GetData())
	case converter.MetadataEncodingNil, "":
		return nil, nil
	default:
		return nil, fmt.Errorf("temporal: data has the encoding %q, and not %s", encoding, converter.MetadataEncodingJSON)
	}
}

// compress makes the snapshot of an execution smaller, since it counts toward the
// limits of a payload and of a history.
func compress(data []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err == nil {
		_, _ = w.Write(data) // a bytes.Buffer does not fail
		err = w.Close()
	}
	if err != nil {
		panic(err) // unreachable: the level is valid
	}
	return b.Bytes()
}

func decompress(data []byte) ([]byte, error) {
	return io.ReadAll(flate.NewReader(bytes.NewReader(data)))
}
