package search

import "sync"

// Bounds on the documents that are kept for the follower.
const (
	maxOffers     = 256
	maxOfferBytes = 16 << 20
)

// offers keeps documents that were just saved, by their change, so that the
// follower need not read them back.
type offers struct {
	mu    sync.Mutex
	kept  map[offerKey]Object
	order []offerKey
	bytes int
}

type offerKey struct{ org, seq int64 }

// Offer hands the document of a change to the follower, which then does not
// ask the source for it. obj.JSON must not be changed afterwards.
func (x *Index) Offer(org, seq int64, obj Object) {
	if len(obj.JSON) <= maxOfferBytes && indexed(obj.Type) {
		x.offers.put(offerKey{org, seq}, obj)
	}
}

func (o *offers) put(k offerKey, obj Object) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept == nil {
		o.kept = make(map[offerKey]Object)
	}
	if _, ok := o.kept[k]; ok {
		return
	}
	o.kept[k] = obj
	o.order = append(o.order, k)
	o.bytes += len(obj.JSON)
	for len(o.order) > maxOffers || o.bytes > maxOfferBytes {
		o.drop(o.order[0])
		o.order = o.order[1:]
	}
}

// take removes and returns the document of a change, if it is kept.
func (o *offers) take(org int64, c Change) (Object, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	k := offerKey{org, c.Seq}
	obj, ok := o.kept[k]
	o.drop(k)
	return obj, ok && obj.Ref == c.Ref && obj.ID == c.ID
}

func (o *offers) drop(k offerKey) {
	o.bytes -= len(o.kept[k].JSON)
	delete(o.kept, k)
}
