package resultwriter

// OnSync sets what stands for the fsync of a journal: f gets its path and the
// number of bytes that are durable if it returns nil.
func (w *Files) OnSync(f func(path string, length int64) error) {
	w.syncJournal = func(j *journal) error { return f(j.file.Name(), j.position) }
}

// Drop ends the results as the end of the process does.
func Drop(r Results) {
	a := r.(*attempt)
	a.ended = true
	a.journal.close()
	a.end()
	a.order.closeTemporary()
}

// Held returns the memory that holds records, in bytes.
func Held(r Results) int {
	a := r.(*attempt)
	size := cap(a.body) + cap(a.order.buffer) + cap(a.order.body) + (cap(a.order.held)+len(a.order.runs))*heldEntrySize
	for k := range kinds {
		size += cap(a.files[k].buffer)
	}
	if a.journal != nil {
		size += cap(a.journal.buffer)
	}
	return size
}

// Runs returns the number of sorted pieces in the temporary file.
func Runs(r Results) int { return len(r.(*attempt).order.runs) }
