//! What we send and how we hear others, as a person changes it. What is closed stays closed after a crash: the journal
//! hears of every change; see [`super::journal`].

use holdfast_meeting::Listening;
use holdfast_protocol::ParticipantId;

use super::Call;
use crate::error::AppError;

impl Call {
    /// Opens or closes the microphone. Once closed, it is closed after a crash too.
    pub(crate) async fn set_microphone(&self, on: bool) -> Result<(), AppError> {
        let (meeting, journal) = (self.meeting()?, self.inner.way_back.journal());
        let recorded = async {
            journal.wish_microphone(|| meeting.wanted().microphone);
            journal.closed().await;
        };
        // In this order: the gate, polled first, closes before anything else happens.
        let (changed, ()) = tokio::join!(biased; meeting.set_microphone(on), recorded);
        Ok(changed?)
    }

    /// Switches the camera. Once off, it is off after a crash too.
    pub(crate) async fn set_camera(&self, on: bool) -> Result<(), AppError> {
        let (meeting, journal) = (self.meeting()?, self.inner.way_back.journal());
        let recorded = async {
            journal.wish_camera(|| meeting.wanted().camera);
            journal.closed().await;
        };
        let (changed, ()) = tokio::join!(biased; meeting.set_camera(on), recorded);
        Ok(changed?)
    }

    /// Raises or lowers the hand.
    pub(crate) async fn set_hand(&self, up: bool) -> Result<(), AppError> {
        Ok(self.meeting()?.set_hand(up).await?)
    }

    /// Changes how loud someone is here.
    pub(crate) async fn set_listening(
        &self,
        id: ParticipantId,
        listening: Listening,
    ) -> Result<(), AppError> {
        Ok(self.meeting()?.set_listening(id, listening).await?)
    }

    /// Shows someone large here. The wish stays, also while they are away.
    pub(crate) async fn set_pinned(&self, id: Option<ParticipantId>) -> Result<(), AppError> {
        self.meeting()?.set_pinned(id.clone()).await?;
        self.inner.way_back.journal().note_pinned(id);
        Ok(())
    }
}
