package awsmodel

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkFirstLook reads a model, as the first Task of a service does.
func BenchmarkFirstLook(b *testing.B) {
	for _, name := range []string{"sqs", "s3", "ec2"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				clear(services)
				if findService(name) == nil {
					b.Fatal(name)
				}
			}
		})
	}
}

func BenchmarkCheckRequest(b *testing.B) {
	parameters := parse(b, `{`+putOK+`, "ContentType": "t", "Metadata": {"a": "b"}}`)
	b.ReportAllocs()
	for b.Loop() {
		require.Empty(b, Models{}.CheckRequest(sdk(put), parameters, false))
	}
}
