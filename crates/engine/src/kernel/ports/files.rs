//! Where the bytes of files are.

use async_trait::async_trait;

/// The bytes of a file as they come.
pub type FileBytes<'a> = futures::stream::BoxStream<'a, Result<bytes::Bytes, FilesError>>;

/// Why bytes did not come or go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    /// More than a file may have (RQ9).
    #[error("too large")]
    TooLarge,
    /// Whoever was sending them stopped.
    #[error("cut off")]
    CutOff,
    /// There is nothing under this key.
    #[error("missing")]
    Missing,
    /// The store failed; the cause is for the log.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// Where the bytes of files are (RQ9). Which file they are of, the books know.
#[async_trait]
pub trait Files: Send + Sync {
    /// Keeps bytes under a key, as they come. Where they break off nothing is kept.
    ///
    /// # Errors
    /// What the stream said, or that the store failed.
    async fn put(&self, key: &str, bytes: FileBytes<'_>) -> Result<(), FilesError>;

    /// The bytes under a key.
    ///
    /// # Errors
    /// [`FilesError::Missing`], or that the store failed.
    async fn get(&self, key: &str) -> Result<FileBytes<'static>, FilesError>;

    /// Removes what is under a key. Nothing there is no error.
    ///
    /// # Errors
    /// The store failed.
    async fn remove(&self, key: &str) -> Result<(), FilesError>;
}

/// Files in memory: for tests, and for whoever only looks at the books.
#[derive(Debug, Default)]
pub struct MemoryFiles {
    objects: std::sync::Mutex<std::collections::BTreeMap<String, bytes::Bytes>>,
    stuck: std::sync::OnceLock<String>,
}

impl MemoryFiles {
    fn objects(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<String, bytes::Bytes>> {
        self.objects.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// From now on what begins so cannot be removed.
    pub fn keep(&self, prefix: &str) {
        let _ = self.stuck.set(prefix.to_owned());
    }

    /// The keys that are there.
    pub fn keys(&self) -> Vec<String> {
        self.objects().keys().cloned().collect()
    }
}

#[async_trait]
impl Files for MemoryFiles {
    async fn put(&self, key: &str, mut bytes: FileBytes<'_>) -> Result<(), FilesError> {
        use futures::TryStreamExt as _;
        let mut whole = Vec::new();
        while let Some(chunk) = bytes.try_next().await? {
            whole.extend_from_slice(&chunk);
        }
        self.objects().insert(key.to_owned(), whole.into());
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<FileBytes<'static>, FilesError> {
        use futures::StreamExt as _;
        let found = self.objects().get(key).cloned().ok_or(FilesError::Missing)?;
        Ok(futures::stream::once(async { Ok(found) }).boxed())
    }

    async fn remove(&self, key: &str) -> Result<(), FilesError> {
        if self.stuck.get().is_some_and(|prefix| key.starts_with(prefix)) {
            return Err(FilesError::Failed("it is kept".to_owned()));
        }
        self.objects().remove(key);
        Ok(())
    }
}
