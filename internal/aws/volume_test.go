package aws_test

import (
	"testing"
	"time"

	"tournant/internal/aws"
)

func TestCheck(t *testing.T) {
	good := aws.Volume{ID: volume, State: aws.VolumeInUse, Zone: "us-east-1a"}
	for name, tt := range map[string]struct {
		change func(v *aws.Volume)
		want   aws.Code
	}{
		"attached":     {func(*aws.Volume) {}, ""},
		"available":    {func(v *aws.Volume) { v.State = aws.VolumeAvailable }, ""},
		"multi-attach": {func(v *aws.Volume) { v.MultiAttach = true }, aws.MultiAttach},
		"another zone": {func(v *aws.Volume) { v.Zone = "us-east-1b" }, aws.ZoneMismatch},
		"no zone":      {func(v *aws.Volume) { v.Zone = "" }, aws.ZoneMismatch},
		"deleted":      {func(v *aws.Volume) { v.State = aws.VolumeDeleted }, aws.NotFound},
		"failed":       {func(v *aws.Volume) { v.State = aws.VolumeError }, aws.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			v := good
			tt.change(&v)
			err := v.Check("us-east-1a")
			if aws.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %q for good", err, tt.want)
			}
		})
	}
}

// TestMultiAttachIsRead reads the flag that makes a volume useless as a lock.
func TestMultiAttachIsRead(t *testing.T) {
	s := serve(t, respond(t, "DescribeVolumes", "<multiAttachEnabled>false<", "<multiAttachEnabled>true<"))
	v, _, err := s.client(t).DescribeVolume(t.Context(), volume)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Check(v.Zone); aws.CodeOf(err) != aws.MultiAttach {
		t.Errorf("got %v, want %q", err, aws.MultiAttach)
	}
}

func TestHolder(t *testing.T) {
	for _, tt := range []struct {
		states []aws.AttachmentState
		want   aws.AttachmentState
	}{
		{nil, ""},
		{[]aws.AttachmentState{aws.Detached}, ""},
		{[]aws.AttachmentState{aws.Detached, aws.Attaching}, aws.Attaching},
		{[]aws.AttachmentState{aws.Busy}, aws.Busy},
		{[]aws.AttachmentState{aws.Detaching}, aws.Detaching},
	} {
		var v aws.Volume
		for _, state := range tt.states {
			v.Attachments = append(v.Attachments, aws.Attachment{State: state})
		}
		a, ok := v.Holder()
		if a.State != tt.want || ok != (tt.want != "") {
			t.Errorf("%v: got %q, %t, want %q", tt.states, a.State, ok, tt.want)
		}
	}
}

// TestAge compares two readings of AWS's clock, and knows no age where it
// would have to guess.
func TestAge(t *testing.T) {
	for name, tt := range map[string]struct {
		date, since time.Time
		want        time.Duration
		known       bool
	}{
		"a minute":     {answers, answers.Add(-time.Minute), time.Minute, true},
		"none":         {answers, answers, 0, true},
		"yet to come":  {answers, answers.Add(time.Second), 0, false},
		"no date":      {time.Time{}, answers, 0, false},
		"no beginning": {answers, time.Time{}, 0, false},
	} {
		got, known := aws.Answer{Date: tt.date}.Age(tt.since)
		if got != tt.want || known != tt.known {
			t.Errorf("%s: got %s, %t, want %s, %t", name, got, known, tt.want, tt.known)
		}
	}
}

// TestLeftEmpty takes what EC2 leaves empty for unknown, not for nonsense.
func TestLeftEmpty(t *testing.T) {
	s := serve(t, respond(t, "DescribeVolumes", "2026-11-26T07:00:00.000Z", ""))
	v, answer, err := s.client(t).DescribeVolume(t.Context(), volume)
	if err != nil {
		t.Fatal(err)
	}
	if age, known := answer.Age(v.Attachments[0].AttachTime); known {
		t.Errorf("got an age of %s", age)
	}
	s = serve(t, respond(t, "DescribeInstances", "<privateIpAddress>192.168.1.88<", "<privateIpAddress><"))
	i, _, err := s.client(t).DescribeInstance(t.Context(), instance)
	if err != nil {
		t.Fatal(err)
	}
	if n := i.Interfaces[0]; len(n.Addresses) != 0 || n.Primary.IsValid() {
		t.Errorf("got %+v", n)
	}
}
