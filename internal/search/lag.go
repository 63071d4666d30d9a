package search

// Progress is how far an organization's index has come.
type Progress struct {
	Seq        int64 // of the change log
	Rebuilding bool
}

// Progress tells how far each organization's index has come, of those that
// were searched or changed since the index was opened.
func (x *Index) Progress() map[int64]Progress {
	x.followers.mu.Lock()
	defer x.followers.mu.Unlock()
	out := make(map[int64]Progress, len(x.followers.all))
	for org, f := range x.followers.all {
		if p, ok := f.progress(); ok {
			out[org] = p
		}
	}
	return out
}

func (f *follower) progress() (Progress, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Progress{Seq: f.pos.seq, Rebuilding: f.run != nil && f.run.isRebuild()}, f.db != nil
}

func (r *run) isRebuild() bool {
	select {
	case <-r.rebuilding:
		return true
	default:
		return false
	}
}
