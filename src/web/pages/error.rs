//! An error as a page with a way out.

use crate::web::problem::Problem;

/// What happened, what is safe, what to do.
pub fn page(problem: &Problem, request_id: Option<&str>) -> String {
    let id = request_id.unwrap_or("none");
    format!("{}\n\n{}\n\nRequest {id}\n", problem.title, problem.detail)
}
